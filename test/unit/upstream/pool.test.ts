import { describe, expect, it } from 'vitest'
import { createPool } from '../../../src/upstream/pool.ts'

const poolOf = (url: string, connections = 2) =>
  createPool({ url, connections, timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1 } })

describe('a pool', () => {
  it.each([
    ['https://api.test', ''],
    ['https://api.test/', ''],
    ['http://api.test/openai', '/openai'],
    ['http://api.test/openai/v2/', '/openai/v2'],
  ])('of %s puts %j before every target', (url, prefix) => {
    expect(poolOf(url).pathPrefix).toBe(prefix)
  })

  it.each([
    'ftp://api.test',
    'file:///etc/passwd',
    'not a url',
    'http://user:secret@api.test',
    'http://api.test/?a=1',
    'http://api.test/#a',
  ])('is not made for %s', (url) => {
    expect(() => poolOf(url)).toThrow(TypeError)
  })

  it('has as many places as connections', () => {
    const pool = poolOf('http://api.test', 2)
    expect([pool.take(), pool.take(), pool.take()]).toEqual([true, true, false])
    pool.release()
    expect([pool.take(), pool.take()]).toEqual([true, false])
  })
})
