import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { policyJsonSchema } from '../../src/policy/schema.ts'

const COMMITTED = new URL('../../config/policy.schema.json', import.meta.url)

describe('config/policy.schema.json', () => {
  it('is what the schema of policies exports; where it is not, write it anew', () => {
    const committed: unknown = JSON.parse(readFileSync(COMMITTED, 'utf8'))
    expect(committed).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())))
  })

  it('offers only words that are enforced', () => {
    const text = JSON.stringify(policyJsonSchema())
    expect(text).not.toMatch(/"challenge"/)
    expect(text).toContain('"additionalProperties":false')
  })
})
