import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { compilePolicy } from '../../../src/policy/compile.ts'
import { decide } from '../../../src/policy/decide.ts'
import { unguardedRules } from '../../../src/policy/unguarded.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

const FOLDER = join(import.meta.dirname, '../../../config/policies')

const shipped = () => {
  const documents = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.cases.yaml'))
    .map((file) => ({ file, source: readFileSync(join(FOLDER, file), 'utf8') }))
  const compiled = compilePolicy(documents)
  if (!compiled.ok) throw new Error('the policies that are shipped do not compile')
  return compiled.policy
}

describe('the policy of campaigns as shipped', () => {
  it('counts a group by its campaign, and tells no member what the others have left', () => {
    const { demands } = decide(
      shipped(),
      facts({ 'account.id': 'a', 'campaign.id': 'c1', 'campaign.level': 2 }),
    )
    const shared = demands.filter(({ limit }) => limit.startsWith('campaign-'))
    expect(shared.map(({ key, own }) => `${key} ${String(own)}`)).toEqual(['c1 false', 'c1 false'])
  })

  it('says nothing of campaigns about a caller without an account, or with a failing source', () => {
    for (const why of [UNKNOWN.absent, UNKNOWN.failed]) {
      const decision = decide(shipped(), facts({ 'campaign.level': why, 'campaign.id': why }))
      expect(JSON.stringify(decision.reasons)).not.toContain('campaign')
      expect(decision.reshape).toBeUndefined()
    }
  })

  it('has no rule about campaigns that can meet an unknown fact', () => {
    const rows = unguardedRules(shipped()).filter(({ place }) => place.file.startsWith('40-'))
    expect(rows.filter((row) => row.in !== 'scale')).toEqual([])
  })
})
