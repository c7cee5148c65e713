"""Which assets are trained together. Depends on the assets alone: any number of workers gives the same packs."""

BLOCK = 64
SMALLEST = 8


def blocks_of(assets: int) -> list[range]:
    """Positions of each block's assets: `BLOCK` each in a fleet; halves in a small run, for two workers to share."""
    if assets <= SMALLEST:
        size = max(assets, 1)
    elif assets <= 2 * BLOCK:
        size = -(-assets // 2)
    else:
        size = BLOCK
    return [range(start, min(start + size, assets)) for start in range(0, assets, size)]


def share_of(blocks: int, worker: int, workers: int) -> range:
    """Numbers of one worker's blocks: neighbours, since neighbours lie in the same part of the snapshot."""
    return range(blocks * worker // workers, blocks * (worker + 1) // workers)
