import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSeals } from '../../../src/challenges/seal.ts'

const rootKey = Buffer.alloc(32, 1)
const OLD = 'the secret of last year, long enough'
const NEW = 'the secret of this year, long enough'

describe('seals', () => {
  it('open what they sealed, whatever the text, and never say the same twice', () => {
    const seal = createSeals({ rootKey }).of('one')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const token = seal.seal(text)
        expect(token).toMatch(/^[\w-]+$/)
        expect(seal.open(token)).toBe(Buffer.from(text, 'utf8').toString('utf8'))
        expect(seal.seal(text)).not.toBe(token)
      }),
    )
  })

  it('open nothing that was changed, in any place', () => {
    const seal = createSeals({ rootKey }).of('one')
    const token = seal.seal('{"some":"text"}')
    for (let at = 0; at < token.length; at++) {
      for (const other of ['A', '_', 'z', '0']) {
        if (other === token[at]) continue
        expect(seal.open(token.slice(0, at) + other + token.slice(at + 1))).toBeUndefined()
      }
      expect(seal.open(token.slice(0, at))).toBeUndefined()
      expect(seal.open(token.slice(0, at) + token.slice(at + 1))).toBeUndefined()
    }
  })

  it('open one spelling of a token alone', () => {
    const seal = createSeals({ rootKey }).of('one')
    for (const text of ['a', 'ab', 'abc']) {
      const token = seal.seal(text)
      const others = [`${token}=`, `${token}\n`, ` ${token}`, `${token}.`, `${token}é`]
      const standard = Buffer.from(token, 'base64url').toString('base64')
      if (standard !== token) others.push(standard)
      for (const other of others) expect(seal.open(other)).toBeUndefined()
      expect(seal.open(token)).toBe(text)
    }
  })

  it('open nothing of another purpose or another root key', () => {
    const token = createSeals({ rootKey }).of('one').seal('text')
    expect(createSeals({ rootKey }).of('one').open(token)).toBe('text')
    expect(createSeals({ rootKey }).of('other').open(token)).toBeUndefined()
    expect(
      createSeals({ rootKey: Buffer.alloc(32, 2) })
        .of('one')
        .open(token),
    ).toBeUndefined()
  })

  it('answer any text at all without throwing', () => {
    const seal = createSeals({ rootKey }).of('one')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(seal.open(text)).toBeUndefined()
      }),
    )
    expect(seal.open('A'.repeat(1_000_000))).toBeUndefined()
    expect(seal.open('')).toBeUndefined()
  })

  it('do not look at what is too long for an address, not even at their own', () => {
    const seal = createSeals({ rootKey }).of('one')
    expect(seal.open(seal.seal('x'.repeat(1_400)))).toBeDefined()
    expect(seal.open(seal.seal('x'.repeat(1_500)))).toBeUndefined()
  })

  it('go on opening what an older secret sealed until that is taken away', () => {
    const before = createSeals({ rootKey, secrets: [OLD] }).of('one')
    const overlap = createSeals({ rootKey, secrets: [NEW, OLD] }).of('one')
    const after = createSeals({ rootKey, secrets: [NEW] }).of('one')
    const old = before.seal('old')
    expect(overlap.open(old)).toBe('old')
    expect(after.open(old)).toBeUndefined()
    const fresh = overlap.seal('fresh')
    expect(after.open(fresh)).toBe('fresh')
    expect(before.open(fresh)).toBeUndefined()
  })

  it('open for ever what was sealed before there were secrets, and seal with the newest', () => {
    const derived = createSeals({ rootKey }).of('one')
    const first = createSeals({ rootKey, secrets: [NEW] }).of('one')
    expect(first.open(derived.seal('before'))).toBe('before')
    expect(derived.open(first.seal('after'))).toBeUndefined()
  })

  it('give libraries secrets of each generation, the newest first, other ones for each purpose', () => {
    const seals = createSeals({ rootKey, secrets: [NEW, OLD] })
    const [newest, older] = seals.secretsOf('library')
    expect(newest).toMatch(/^[0-9a-f]{64}$/)
    expect(seals.secret('library')).toBe(newest)
    expect(createSeals({ rootKey, secrets: [OLD] }).secretsOf('library')[0]).toBe(older)
    expect(seals.secret('another')).not.toBe(newest)
    expect(createSeals({ rootKey }).secret('library')).not.toBe(newest)
  })
})
