import { createRequire } from 'node:module'

/** Version of the program, from its package. */
export const VERSION: string = // The package's own manifest always has a version.
  (createRequire(import.meta.url)('../package.json') as { version: string }).version
