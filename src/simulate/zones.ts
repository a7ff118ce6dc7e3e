const ZONES: { readonly [country: string]: number } = {
  US: -6,
  DE: 1,
  FR: 1,
  GB: 0,
  IN: 5.5,
  JP: 9,
  KR: 9,
  BR: -3,
  AU: 10,
  CH: 1,
  IT: 1,
  SE: 1,
}

/** Time zone of a country, its middle where it has several. */
export const zoneOf = (country: string | undefined): number => ZONES[country ?? ''] ?? 0
