#!/usr/bin/env node
// The only plain JavaScript file: an older Node.js cannot even parse the TypeScript sources, so the
// version is checked before they are loaded. Below 24.18.1, Node.js silently drops request headers
// past the first thousand (CVE-2026-58044): a guard must not run on it.
const OLDEST = [24, 18, 1]
const current = process.versions.node.split('.').map(Number)
const behind = OLDEST.findIndex((part, at) => current[at] !== part)

if (behind !== -1 && current[behind] < OLDEST[behind]) {
  process.stderr.write(
    `Stillwatch needs Node.js ${OLDEST.join('.')} or newer; this is ${process.versions.node}. ` +
      'Start it with `npm start`, which uses the one that `npm ci` installed, or install a newer one.\n',
  )
  process.exitCode = 3
} else {
  const { main } = await import('./main.ts')
  await main(process.argv)
}
