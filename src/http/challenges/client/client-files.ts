import { join } from 'node:path'

/** What API customers load, by its name below `/.stillwatch/`; programs of any origin may. */
export const CLIENT_FILES = [
  'stillwatch-client.js',
  'stillwatch-client.d.ts',
  'stillwatch_client.py',
].map((name) => ({ name, path: join(import.meta.dirname, name), anyOrigin: true as const }))
