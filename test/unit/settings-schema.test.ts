import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FAULTS } from '../../src/core/fault.ts'
import { settingsJsonSchema } from '../../src/settings-schema.ts'

const shipped = (name: string): string =>
  readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

describe('what is shipped beside the code', () => {
  it('is the JSON Schema of the settings as they are (npm run schemas writes it)', () => {
    expect(JSON.parse(shipped('config/guard.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(settingsJsonSchema())),
    )
  })

  it('is a README that lists every error code', () => {
    const documented = /<!-- codes:start -->([^]*)<!-- codes:end -->/.exec(
      shipped('README.md'),
    )?.[1]
    const codes = [...(documented ?? '').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1])
    // A caller that left is never answered, so it never reads a code.
    const faults = Object.keys(FAULTS).filter((code) => code !== 'client_gone')
    const refusals = [
      'denied',
      'challenge_required',
      'challenge_limited',
      'throttled',
      'limit_exceeded',
      'limits_unavailable',
      'upstream_overloaded',
    ]
    expect(new Set(codes)).toEqual(new Set([...faults, ...refusals]))
  })
})
