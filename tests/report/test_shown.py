from dataclasses import dataclass

import pytest

from mp_bayes.report.shown import shown_tables
from mp_bayes.wording.table import Table


@dataclass
class Section:
    label: str
    table: Table
    tables: list[Table]


def test_names_are_of_the_place_unless_a_table_has_its_own():
    one, two, three, four = (Table(f"Table <{n}>", ["a"]) for n in range(4))
    own = Table("Own", ["a"], name="own__name")
    context = {
        "words": "Own",
        "first_table": one,
        "nothing": None,
        "section": Section("label", two, [three]),
        "facts": {"versions": four},
        "list": [own],
    }
    captions = ["Own", "Table &lt;3&gt;", "Table &lt;2&gt;", "Table &lt;1&gt;", "Table &lt;0&gt;"]
    page = "Own" + "".join(f"<caption><b>{caption}</b></caption>" for caption in captions)
    context["section"].table, context["section"].tables = two, []
    context["more_tables"] = [three]
    found = shown_tables(page, context)
    # In the page's order.
    assert list(found.items()) == [
        ("own__name", own),
        ("facts_versions", four),
        ("more", three),
        ("section", two),
        ("first", one),
    ]


def test_two_tables_of_one_name_are_an_error():
    tables = [Table("One", ["a"]), Table("Two", ["a"])]
    with pytest.raises(ValueError, match="same name"):
        shown_tables("", {"tables": tables})
