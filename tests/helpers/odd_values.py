"""What stands where something else is expected."""

#: What people, programs and attackers put where something else is expected.
ODD = [
    *("", " ", "-1", "0", "1e309", "nan", "inf", "0.1", "99999999999999999999", "true", "[]", "{}"),
    *("'", '"', '"""', "\\", "\\u0000", "\t", "\n", "\r", "=1+1", "@a", "#", ",", ";", "\x1b[2J"),
    *(
        "٣",
        "½",
        "é",
        "e\u0301",
        "\u202e",
        "\u200b",
        "\ufeff",
        "😀",
        "[bold]",
        "[/x]",
        "<b>",
        "&amp;",
    ),
    *("2019", "2019-20", "2019-21", "31/12/2019", "national", "default", "x" * 400, "../../etc"),
]
