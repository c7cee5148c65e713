/** Line icons of our own on a 16-pixel grid; each shape differs without its colour. */
const PATHS = {
  alarm: "M8 2 15 14H1zM8 6.2v3.6M8 11.6v.6",
  silent: "M2 8h2.5l1.5-4 3 8 1.5-4H14M2.5 2.5l11 11",
  blind: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM3 13 13 3",
  normal: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z",
  none: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM5 8h6",
  pass: "M2.5 8.5 6 12l7.5-8",
  fail: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  wait: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2.2 1.4",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.3 10.3 14 14",
  part: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4",
  wrench: "M10.2 2.2a3.6 3.6 0 0 0-4.4 4.6L2 10.6 5.4 14l3.8-3.8a3.6 3.6 0 0 0 4.6-4.4L11.5 8 8.6 7.4 8 4.5z",
  failure: "M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5zM8 4.5v4M8 10.8v.7",
  undo: "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H6",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M3 13l1.2-1.2M11.8 4.2 13 3",
  moon: "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z",
  chart: "M2 2v12h12M4.5 10.5l3-3.5 2.5 2 3.5-5",
  table: "M2 3h12v10H2zM2 6.5h12M2 10h12M6.5 3v10",
  next: "M6 3l5 5-5 5",
  bell: "M3 12h10l-1.2-2V7a3.8 3.8 0 0 0-7.6 0v3zM6.7 14h2.6",
  close: "M4 4l8 8M12 4l-8 8",
  plus: "M8 3v10M3 8h10",
  person: "M8 2.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM2.5 14c.4-3 2.6-4.6 5.5-4.6s5.1 1.6 5.5 4.6",
  plug: "M5.5 1.5v3M10.5 1.5v3M3.5 4.5h9v3a4.5 4.5 0 0 1-9 0zM8 12v2.5",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the word beside it speaks. */
export function Icon({ name, size = 16, solid = false }: { name: IconName; size?: number; solid?: boolean }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill={solid ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
