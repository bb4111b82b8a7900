"""Which waiting orders are looked at together: those that want the same goods, so many at most."""

from collections.abc import Collection, Hashable, Sequence


def groups_of(keys: Sequence[Collection[Hashable]]) -> list[list[int]]:
    """Return groups of numbers: two that share a key, or are so linked by others, are together.

    Groups and their members come in rising order. What has no key is alone.
    """
    roots = list(range(len(keys)))

    def root(number: int) -> int:
        while roots[number] != number:
            roots[number] = roots[roots[number]]
            number = roots[number]
        return number

    first: dict[Hashable, int] = {}
    for number, own in enumerate(keys):
        for key in own:
            low, high = sorted((root(number), root(first.setdefault(key, number))))
            roots[high] = low
    groups: dict[int, list[int]] = {}
    for number in range(len(keys)):
        groups.setdefault(root(number), []).append(number)
    return list(groups.values())


def batches_of(
    skus: Sequence[Collection[int]], places: Sequence[tuple[float, float]], most: int
) -> list[list[int]]:
    """Divide orders, by the SKUs they want and where they go, into batches of *most* at most.

    Orders that compete for goods are together. Where that would be too many, neighbours (by
    latitude and longitude) are: they compete for the same sites. Small groups share a batch.
    """
    pieces: list[list[int]] = []
    for group in groups_of(skus):
        near = group if len(group) <= most else sorted(group, key=lambda n: (places[n], n))
        pieces += [near[start : start + most] for start in range(0, len(near), most)]
    batches: list[list[int]] = []
    for piece in pieces:
        if batches and len(batches[-1]) + len(piece) <= most:
            batches[-1] += piece
        else:
            batches.append(list(piece))
    return batches
