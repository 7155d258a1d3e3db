"""Compares what Python's email package reads in pairs of messages, NAME.before and NAME.after, in a directory.

Prints one line for each difference. Everything but the way the content is encoded must be the same.
"""

import email
import email.header
import pathlib
import sys


def text_of(message):
    """The subject, unfolded; octets as characters, whatever charset they are said to be in."""
    raw = next((value for name, value in message.raw_items() if name.lower() == "subject"), "")
    octets = raw.encode("ascii", "surrogateescape")
    unfolded = octets.decode("latin-1").replace("\r\n", "").replace("\n", "")
    words = [
        word if isinstance(word, str) else word.decode("latin-1") for word, _ in email.header.decode_header(unfolded)
    ]
    return " ".join("".join(words).split())


def entities(message):
    for part in message.walk():
        # Python cuts off one line end more of a part that is ended from outside of its multipart.
        content = None if part.is_multipart() else part.get_payload(decode=True).rstrip(b"\r\n")
        yield part.get_content_type(), text_of(part), content


def abridged(value):
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:150]} ... {text[-150:]} ({len(value)})"


def check_form(octets):
    if any(octet > 127 for octet in octets):
        yield "octets above 127"
    if any(len(line) > 998 for line in octets.split(b"\r\n")):
        yield "a line of more than 998 octets"


def differences(before, after):
    first = email.message_from_bytes(before)
    second = email.message_from_bytes(after)
    for part in second.walk():
        for defect in part.defects:
            if type(defect).__name__ not in [type(known).__name__ for each in first.walk() for known in each.defects]:
                yield f"a new defect: {defect!r}"
    firsts, seconds = list(entities(first)), list(entities(second))
    if len(firsts) != len(seconds):
        yield f"{len(firsts)} entities became {len(seconds)}"
    for index, (one, other) in enumerate(zip(firsts, seconds)):
        if one != other:
            for first_value, second_value in zip(one, other):
                if first_value != second_value:
                    yield f"entity {index}: {abridged(first_value)} became {abridged(second_value)}"


pairs = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.before")):
    pairs += 1
    converted = path.with_suffix(".after").read_bytes()
    for difference in [*check_form(converted), *differences(path.read_bytes(), converted)]:
        print(f"{path.stem}: {difference}")
print(f"{pairs} pairs")
