"""A vocabulary turns text into numbers and back, and says what it does not know."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mbtutor as mb

SMALL = mb.Vocabulary("abcé ")


def test_characters_are_numbered_in_order():
    numbers = SMALL.encode("cab é")
    assert numbers.tolist() == [2, 0, 1, 4, 3] and numbers.dtype == np.int64 and numbers.shape == (5,)
    assert len(SMALL) == 5 and SMALL.characters == "abcé " and repr(SMALL) == "Vocabulary(5 characters: 'abcé ')"
    assert mb.Vocabulary(["b", "a"]).encode("ab").tolist() == [1, 0]
    assert mb.Vocabulary(sorted({"x", "y"})).decode([1, 0]) == "yx"


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1))
def test_decoding_undoes_encoding(text):
    vocabulary = mb.Vocabulary(sorted(set(text)))
    numbers = vocabulary.encode(text)
    assert vocabulary.decode(numbers) == vocabulary.decode(numbers.tolist()) == text
    assert numbers.max() == len(vocabulary) - 1 == len(set(text)) - 1


def test_pairs_of_neighbouring_characters_have_numbers_too():
    numbers = SMALL.encode_pairs("cab")
    assert numbers.tolist() == [4 * 5 + 2, 2 * 5 + 0, 0 * 5 + 1, 1 * 5 + 4] and numbers.dtype == np.int64
    assert SMALL.decode_pairs(numbers) == [" c", "ca", "ab", "b "]
    assert mb.Vocabulary(" abcdef").decode_pairs([0, 48]) == ["  ", "ff"]


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1))
def test_the_first_letters_of_the_pairs_are_the_text(text):
    vocabulary = mb.Vocabulary(sorted({" ", *text}))
    pairs = vocabulary.decode_pairs(vocabulary.encode_pairs(text))
    assert "".join(pair[0] for pair in pairs) == " " + text and "".join(pair[1] for pair in pairs) == text + " "


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SMALL.encode(""), "text must hold at least one character; got an empty text"),
        (lambda: SMALL.encode("ab€"), "'€', character 2 of 'ab€' (counted from 0), is not in the vocabulary. Leave it"),
        (lambda: SMALL.encode("aBc"), "'B', character 1 of 'aBc' (counted from 0), is not in the vocabulary, but"),
        (lambda: SMALL.encode("aBc"), "the small letter is: write 'abc'"),
        (lambda: SMALL.encode(["a", "b"]), "text must be a string; got list. Encode a list of texts one by one"),
        (lambda: SMALL.encode(b"ab"), "text must be a string; got bytes"),
        (lambda: SMALL.decode([0, 5]), "numbers must be from 0 to 4; got 0 to 5"),
        (lambda: SMALL.decode([-1]), "numbers must be from 0 to 4; got -1 to -1"),
        (lambda: SMALL.decode([]), "numbers must be a row of whole numbers; got shape (0,)"),
        (lambda: SMALL.decode([[0]]), "got shape (1, 1)"),
        (lambda: SMALL.decode([0.0]), "got shape (1,), dtype float64"),
        (lambda: SMALL.decode("ab"), "numbers must hold real numbers"),
        (lambda: SMALL.encode_pairs(""), "text must hold at least one character; got an empty text"),
        (
            lambda: SMALL.encode_pairs("a€"),
            "'€', character 1 of 'a€' (counted from 0), is not in the vocabulary. Leave",
        ),
        (lambda: mb.Vocabulary("ab").encode_pairs("a"), "' ', character 0 of ' ' (counted from 0), is not in the"),
        (lambda: SMALL.decode_pairs([25]), "numbers must be from 0 to 24; got 25 to 25"),
        (lambda: mb.Vocabulary(""), "characters must hold at least one character; got none"),
        (
            lambda: mb.Vocabulary("abca"),
            "characters must hold each character once, as in sorted(set(...)); got 'a' twice",
        ),
        (lambda: mb.Vocabulary(["ab", "c"]), "characters must be single characters; got 'ab'"),
        (lambda: mb.Vocabulary([1, 2]), "characters must be single characters; got 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_number_is_refused(make, words):
    with pytest.raises((ValueError, TypeError), match=re.escape(words)):
        make()
