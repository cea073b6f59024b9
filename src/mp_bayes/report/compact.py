"""Images of a page in fewer bytes, drawn the same: files beside it keep what editors like."""

import re
from collections import Counter
from xml.etree import ElementTree

_SVG, _LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_REFERENCE = re.compile(r"#([\w.-]+)")
_NO_ROTATION = re.compile(r"rotate\(-?0 [^)]*\)$")


def compact(svg: str) -> str:
    """Return an SVG file's root element without what a page does not need.

    Styles that stand on several elements become classes; identifiers to which nothing refers,
    groups without attributes, rotations by nothing, comments, metadata and blanks go.

    Parameters
    ----------
    svg : str
        As Matplotlib writes it, with a title and a description.
    """
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _LINK)
    root = ElementTree.fromstring(svg)
    referred = set(_REFERENCE.findall(svg)) | set(root.attrib.values())
    for one in root.iter():
        _shorten(one, referred)
    _unwrap(root)
    _classes(root)
    return ElementTree.tostring(root, encoding="unicode")


def _shorten(one: ElementTree.Element, referred: set[str]) -> None:
    """Take from an element what does not show."""
    if one.get("id") not in referred:
        one.attrib.pop("id", None)
    if _NO_ROTATION.match(one.get("transform", "")):
        del one.attrib["transform"]
    if "d" in one.attrib:
        one.set("d", re.sub(r"\s*([A-Za-z])\s*", r"\1", one.attrib["d"]).strip())
    if "style" in one.attrib:
        one.set("style", re.sub(r"([;:,])\s+", r"\1", one.attrib["style"]).strip("; "))
    for child in list(one):
        if child.tag == f"{{{_SVG}}}metadata":
            one.remove(child)
        # Blanks between elements; those inside a text are its own.
        elif one.tag != f"{{{_SVG}}}text":
            child.tail = None
    if not (one.text or "").strip():
        one.text = None


def _unwrap(parent: ElementTree.Element) -> None:
    """Put the children of groups without attributes in their place."""
    children: list[ElementTree.Element] = []
    for child in parent:
        _unwrap(child)
        bare = child.tag == f"{{{_SVG}}}g" and not child.attrib
        children += list(child) if bare else [child]
    parent[:] = children


def _classes(root: ElementTree.Element) -> None:
    """Write styles that several elements have once."""
    styles = Counter(one.attrib["style"] for one in root.iter() if "style" in one.attrib)
    several = [style for style, number in styles.items() if number > 1]
    names = {style: f"s{place}" for place, style in enumerate(several)}
    for one in root.iter():
        if one.get("style") in names:
            one.set("class", names[one.attrib.pop("style")])
    sheet = ElementTree.Element(f"{{{_SVG}}}style")
    sheet.text = "".join(f".{name}{{{style}}}" for style, name in names.items())
    root.insert(0, sheet)
