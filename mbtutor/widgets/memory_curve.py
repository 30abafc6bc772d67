"""The measured peaks of one setting: the line through them, the largest batch that fits, and all of it in words."""

import itertools

from ..experiments import line_fit
from ..figures import MB


class MemoryCurve:
    """`peaks` {batch size: bytes} for one MemorySettings, and the `parts` of each. rows: how many there are.

    A batch of all rows is no copy of them, so its peak lies below the line of the others and is no part of it.
    """

    def __init__(self, settings, rows):
        self.settings, self.peaks, self.parts, self._rows = settings, {}, {}, rows

    def add(self, size, peak, parts):
        """Keep what was measured for a batch size, and what the shapes say it is made of: {what: bytes}."""
        self.peaks.pop(size, None)  # measured again, it is the newest
        self.peaks[size] = peak
        self.parts[size] = parts | {"the rest": max(0, peak - sum(parts.values()))}

    @property
    def line(self):
        """The Line through the peaks, but that of all rows in one batch; None before there are two of them."""
        copied = {size: peak for size, peak in self.peaks.items() if size < self._rows}
        return line_fit(list(copied), list(copied.values())) if len(copied) > 1 else None

    def limit(self, budget):
        """The largest batch size known to fit while one row more is known not to; 0: not even 1; None: not known."""
        fitting = max([0, *(size for size, peak in self.peaks.items() if peak <= budget)])
        if fitting == self._rows:
            return fitting
        return fitting if self.peaks.get(fitting + 1, 0) > budget else None

    def search(self, budget):
        """Yield the batch sizes to be measured, each once the one before has been, until `limit` is known."""
        yield from (size for size in (self._rows, 1) if size not in self.peaks)
        if self.peaks[self._rows] <= budget or self.peaks[1] > budget:
            return
        for tries in itertools.count(1):
            too_large = min(size for size, peak in self.peaks.items() if peak > budget)
            fits = max(size for size in self.peaks if size < too_large)
            if too_large - fits == 1:
                return
            yield self._between(fits, too_large, budget, halve=tries % 4 == 0)

    def _between(self, fits, too_large, budget, halve):
        """A size between the two, where a straight line from one peak to the other meets the budget, or halfway."""
        low, high = self.peaks[fits], self.peaks[too_large]
        share = 0.5 if halve else (budget - low) / (high - low)
        return min(max(fits + int(share * (too_large - fits)), fits + 1), too_large - 1)

    def sentences(self, size, budget):
        """What is known, in words: of the batch size, of the line, and of the budget."""
        if not self.peaks:
            return f"Nothing measured yet with {self.settings.words}."
        peak, line = self.peaks[size], self.line
        verdict = "within" if peak <= budget else "over"
        text = [f"Batch size {size:,} takes {peak / MB:.2f} MB at most, {verdict} the budget of {budget / MB:g} MB."]
        if line:
            measured = f"{line.intercept / MB:.2f} MB, and {line.slope / 1000:.2f} KB more for each row"
            text.append(f"The line through the sizes below {self._rows:,}: {measured} (r² = {line.r2:.4f}).")
        return " ".join([*text, self._limit_in_words(budget)])

    def _limit_in_words(self, budget):
        limit, line = self.limit(budget), self.line
        if limit == self._rows:
            return f"All {limit:,} rows in one batch fit: {self.peaks[limit] / MB:.2f} MB."
        if limit == 0:
            return f"Not even one row fits: {self.peaks[1] / MB:.2f} MB."
        if limit:
            fits, over = f"{self.peaks[limit] / MB:.3f} MB", f"{self.peaks[limit + 1] - budget:,.0f} bytes"
            return f"The largest batch that fits has {limit:,} rows: {fits}. One row more is {over} too much."
        if not line or line.slope <= 0:
            return "How large a batch fits is not known yet."
        by_line = min(max(0, line.largest(budget)), self._rows)
        return f"By the line, {by_line:,} rows should fit: press Find the limit to see whether they do."

    def rows(self, budget):
        """[{column: text}], one for each batch size that was measured, in order."""
        return [
            {"batch size": f"{size:,}", "measured": f"{peak / MB:.3f}"}
            | {name: f"{part / MB:.3f}" for name, part in self.parts[size].items()}
            | {"fits": "yes" if peak <= budget else "no"}
            for size, peak in sorted(self.peaks.items())
        ]
