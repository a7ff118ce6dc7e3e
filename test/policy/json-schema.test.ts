import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { policyJsonSchema } from '../../src/policy/schema.ts'

const COMMITTED = new URL('../../config/policy.schema.json', import.meta.url)

describe('config/policy.schema.json', () => {
  it('is what the schema of policies exports; where it is not, write it anew', () => {
    const committed: unknown = JSON.parse(readFileSync(COMMITTED, 'utf8'))
    expect(committed).toEqual(JSON.parse(JSON.stringify(policyJsonSchema())))
  })

  it('offers a challenge by its kind alone and with its terms', () => {
    const text = JSON.stringify(policyJsonSchema())
    const alone = '{"type":"string","enum":["proof_of_work","human","step_up"]}'
    expect(text).toContain(`"anyOf":[${alone},{"type":"object","properties":{"kind":${alone}`)
  })

  it('offers only words that are enforced', () => {
    const text = JSON.stringify(policyJsonSchema())
    expect(text).not.toMatch(/"delay"/)
    expect(text).toContain('"additionalProperties":false')
  })
})
