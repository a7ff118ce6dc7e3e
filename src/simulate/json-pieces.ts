/**
 * The inside of a JSON string that holds `text`, in ASCII only, as Python's `json` writes it: pieces can
 * then be joined and encoded byte by byte.
 */
export const escaped = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(
      /[^\x20-\x7e]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )

/** At most `chars` of a text, cut at a blank where there is one near. */
export const shortened = (text: string, chars: number): string => {
  if (text.length <= chars) return text
  const cut = text.lastIndexOf(' ', chars)
  return text.slice(0, cut > chars / 2 ? cut : chars)
}
