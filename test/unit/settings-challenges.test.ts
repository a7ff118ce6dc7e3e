import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/settings.ts'

const file = join(mkdtempSync(join(tmpdir(), 'stillwatch-settings-')), 'guard.yaml')
const MINIMAL =
  'version: 1\nupstreams:\n  - { id: main, url: "http://127.0.0.1:1", dialect: openai }\n'
const SECRET = 'a secret of the console, long enough'

const problemsOf = (challenges: string): readonly string[] => {
  writeFileSync(file, `${MINIMAL}challenges: ${challenges}\n`)
  const result = loadSettings(file, {})
  return result.ok ? [] : result.problems.map(({ what, line }) => `${line}: ${what}`)
}

describe('settings of challenges', () => {
  it.each([
    ['{}'],
    ['{ public_url: "https://api.example.com", posture: insured, contact: help@example.com }'],
    [
      '{ public_url: "https://api.example.com", human: { vendor: turnstile, site_key: k, secret_key: s } }',
    ],
    ['{ human: { vendor: hcaptcha, site_key: k, secret_key: s, hostnames: [api.example.com] } }'],
    [`{ step_up: { url: "https://console.example.com/verify", secrets: ["${SECRET}"] } }`],
    [`{ step_up: { secrets: ["whsec_${Buffer.alloc(32, 7).toString('base64')}"] } }`],
  ])('take %s', (challenges) => {
    expect(problemsOf(challenges)).toEqual([])
  })

  it.each([
    ['{ human: { vendor: turnstile, site_key: k, secret_key: s } }', 'no answer could be right'],
    ['{ step_up: { url: "https://console.example.com/verify" } }', 'nothing signs the link'],
    [`{ step_up: { secrets: ["whsec_${'!'.repeat(40)}"] } }`, 'whsec_ without base64'],
    ['{ secrets: [short] }', 'too short to be safe'],
    ['{ human: { vendor: other, site_key: k, secret_key: s } }', 'vendor'],
    ['{ posture: open }', 'posture'],
  ])('refuse %s, and say where', (challenges, what) => {
    const problems = problemsOf(challenges)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(what)
    expect(problems[0]).toMatch(/^4: /)
  })
})
