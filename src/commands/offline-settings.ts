import { loadSettings, type SettingsResult } from '../settings.ts'

/**
 * What a command that asks nobody over a network does without. These keys are put in place of the file's,
 * so that neither a missing address of an upstream nor a missing token stands in its way.
 */
const IN_PLACE: { readonly [key: string]: string } = {
  STILLWATCH__UPSTREAMS: '[{ id: none, url: "http://127.0.0.1:9", dialect: openai }]',
  STILLWATCH__ADMIN: '{}',
  STILLWATCH__ACCOUNTS: '{}',
  STILLWATCH__STORE: 'memory',
}

const isInPlace = (name: string): boolean =>
  Object.keys(IN_PLACE).some((key) => name === key || name.startsWith(`${key}__`))

/** Settings for a command that works offline; all other keys count as ever. Never throws. */
export const loadOfflineSettings = (file: string): SettingsResult => {
  const kept = Object.entries(process.env).filter(([name]) => !isInPlace(name))
  return loadSettings(file, { ...Object.fromEntries(kept), ...IN_PLACE })
}
