/** The upright axis of scores: a limit that is always in view, and readable near it whatever the highest score is.
 *
 * After a part was replaced the old champion may score 40 where its shadow scores 0.5. On one even axis the shadow would
 * lie on the ground. So an axis that reaches far is cut in two: even up to twice the limit, where judgement happens, and
 * logarithmic above, where only the order of magnitude matters. Pure. */
export interface Bands {
  /** Where the even part ends. */
  knee: number;
  top: number;
}

/** The even part's share of the height. */
const EVEN = 0.6;
/** So far, in limits, an even axis reaches by itself. */
const FAR = 3;

/** The two parts of an axis up to `high`; null where an even one shows all. */
export function bandsOf(limit: number, high: number): Bands | null {
  return high > FAR * limit ? { knee: 2 * limit, top: high * 1.1 } : null;
}

/** The end of an even axis. */
export function evenTop(limit: number, high: number): number {
  return Math.max(1.5 * limit, high * 1.1);
}

/** Length of the upper part in units of the even one. */
function upper({ knee }: Bands): number {
  return (knee * (1 - EVEN)) / EVEN;
}

/** Place on the axis of a value, in units of the even part. */
export function placed(value: number, bands: Bands | null): number {
  if (!bands || value <= bands.knee) return value;
  const { knee, top } = bands;
  return knee + (upper(bands) * Math.log(value / knee)) / Math.log(top / knee);
}

/** The value at a place: undoes `placed`. */
export function valueAt(place: number, bands: Bands | null): number {
  if (!bands || place <= bands.knee) return place;
  const { knee, top } = bands;
  return knee * Math.exp(((place - knee) / upper(bands)) * Math.log(top / knee));
}

/** Where the axis is labelled: at the ground, the limit and its multiples; above the knee at round numbers, the roundest
 * first, as many as have room. */
export function ticks(limit: number, top: number, bands: Bands | null): number[] {
  if (!bands) {
    const step = top > 2 * limit ? limit : limit / 2;
    return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
  }
  const share = (value: number) => placed(value, bands) / (bands.knee + upper(bands));
  const kept = [0, limit, bands.knee];
  for (const value of roundest(bands)) {
    if (kept.every((other) => Math.abs(share(other) - share(value)) >= ROOM)) kept.push(value);
  }
  return kept.sort((a, b) => a - b);
}

/** Least distance of two labels, as a share of the height. */
const ROOM = 0.1;

function roundest({ knee, top }: Bands): number[] {
  const powers: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(knee)); power <= top; power *= 10) powers.push(power);
  return [1, 5, 2, 3]
    .flatMap((digit) => powers.map((power) => digit * power))
    .filter((value) => value > knee && value <= top);
}
