"""Text as numbers: a vocabulary gives every character a number, its place in a list."""

import numpy as np

from .. import checks

EDGE = " "  # what stands before the first character and after the last


class Vocabulary:
    """Numbers the characters of texts: the first of `characters` is 0, the next 1, ...; `len()` is how many there are.

    characters: text, or a list of single characters, each once. Of your own texts: sorted(set("".join(texts))).
    Raises TypeError or ValueError for no characters, and for one that is there twice or is no single character.
    """

    def __init__(self, characters):
        characters = list(characters)
        if not characters:
            raise ValueError("characters must hold at least one character; got none")
        for character in characters:
            if not isinstance(character, str) or len(character) != 1:
                raise TypeError(f'characters must be single characters; got {character!r}. For words: "".join(words)')
        self.characters = "".join(characters)
        self._numbers = {character: number for number, character in enumerate(characters)}
        if len(self._numbers) < len(characters):
            twice = next(character for character in characters if characters.count(character) > 1)
            raise ValueError(f"characters must hold each character once, as in sorted(set(...)); got {twice!r} twice")

    def __len__(self):
        return len(self.characters)

    def __repr__(self):
        return f"Vocabulary({len(self)} characters: {self.characters!r})"

    def encode(self, text):
        """Return the numbers of its characters, (length,) int64. Raises ValueError for one that has no number."""
        if not isinstance(text, str):
            raise TypeError(f"text must be a string; got {type(text).__name__}. Encode a list of texts one by one")
        if not text:
            raise ValueError("text must hold at least one character; got an empty text")
        for place, character in enumerate(text):
            if character not in self._numbers:
                raise ValueError(f"{character!r}, character {place} of {text!r} (counted from 0), {self._advice(text)}")
        return np.array([self._numbers[character] for character in text])

    def decode(self, numbers):
        """Return the text of these numbers, (length,) whole numbers from 0 to len(self) - 1."""
        return "".join(self.characters[number] for number in _whole_numbers(numbers, len(self)))

    def encode_pairs(self, text):
        """Return the numbers of the pairs of neighbouring characters, (length + 1,) int64 below len(self) ** 2.

        A space stands before the text and after it: the pairs of "oslo" are " o", "os", "sl", "lo" and "o ". The pair
        of a and b has the number a * len(self) + b. Raises ValueError as `encode` does.
        """
        numbers = self.encode(text)
        framed = np.concatenate([self.encode(EDGE), numbers, self.encode(EDGE)])
        return framed[:-1] * len(self) + framed[1:]

    def decode_pairs(self, numbers):
        """Return the list of the pairs with these numbers, (length,) whole numbers below len(self) ** 2."""
        pairs = _whole_numbers(numbers, len(self) ** 2)
        return [self.characters[pair // len(self)] + self.characters[pair % len(self)] for pair in pairs]

    def _advice(self, text):
        if all(character in self._numbers for character in text.lower()):
            return f"is not in the vocabulary, but the small letter is: write {text.lower()!r}"
        return "is not in the vocabulary. Leave it out, or train with texts that hold it"


def _whole_numbers(numbers, size):
    numbers = checks.numeric("numbers", numbers)
    if numbers.dtype.kind not in "iu" or numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"numbers must be a row of whole numbers; got shape {numbers.shape}, dtype {numbers.dtype}")
    if not 0 <= numbers.min() <= numbers.max() < size:
        raise ValueError(f"numbers must be from 0 to {size - 1}; got {numbers.min()} to {numbers.max()}")
    return numbers
