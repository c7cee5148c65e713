/** How long after the last touch somebody is taken to be working still, reading what is on the screen. */
const RESTS_MS = 30_000;
const MINUTE_MS = 60_000;
/** The gateway takes no more in one report, and nothing that is older. */
const MOST_SPELLS = 100;
const OLDEST_MS = 23 * 60 * MINUTE_MS;

export interface Spell {
  assetId: string;
  /** When it began; it ends within the same minute. */
  at: string;
  seconds: number;
}

/** Counts the seconds in which somebody works on a machine, by minute. It reads no clock of its own. */
export class Counter {
  private touched = Number.NEGATIVE_INFINITY;
  private readonly counted = new Map<string, Spell>();

  touch(now: number): void {
    this.touched = now;
  }

  /** Call it once a second while the page of this machine is in front. */
  tick(assetId: string, now: number): void {
    if (now - this.touched > RESTS_MS) return;
    this.put({ assetId, at: new Date(now).toISOString(), seconds: 1 });
  }

  /** What was counted and not taken yet, the oldest first. */
  take(now: number): Spell[] {
    const spells = [...this.counted.values()].filter(({ at }) => now - Date.parse(at) < OLDEST_MS);
    this.counted.clear();
    for (const spell of spells.slice(MOST_SPELLS)) this.put(spell);
    return spells.slice(0, MOST_SPELLS);
  }

  private put(spell: Spell): void {
    const key = `${spell.assetId} ${Math.floor(Date.parse(spell.at) / MINUTE_MS)}`;
    const other = this.counted.get(key) ?? { ...spell, seconds: 0 };
    const earlier = other.at < spell.at ? other : spell;
    this.counted.set(key, { ...earlier, seconds: Math.min(60, spell.seconds + other.seconds) });
  }
}
