/** Addresses as somebody writes them in one line: with commas, semicolons, spaces or lines between. */
export function addressesIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((each) => each !== "");
}
