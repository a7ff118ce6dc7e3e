import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalAddress } from '../../src/core/ip.ts'
import { aReader, reading, verdictOf } from '../support/a-reader.ts'

const reader = aReader({ trustedProxies: ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.1'] })

type Chain = readonly string[]

/** Caller that a reader finds for header fields given by turns. */
const callerOf = async (
  peerAddress: string,
  fields: Chain,
  by = reader,
): Promise<string | undefined> =>
  (await reading({ peerAddress, extraHeaders: fields }, by)).call?.caller.address

const xff = (...values: string[]): string[] => values.flatMap((value) => ['X-Forwarded-For', value])
const forwarded = (...values: string[]): string[] => values.flatMap((value) => ['Forwarded', value])

const CLAIMS = [
  ['x-real-ip', 'true-client-ip', 'cf-connecting-ip', 'x-client-ip', 'x-cluster-client-ip'],
  ['fastly-client-ip', 'x-originating-ip', 'x-envoy-external-address', 'client-ip', 'via'],
].flat()

const hops = (count: number): string =>
  Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`).join(',')

describe('a claim about where a call comes from', () => {
  it('counts for nothing from a peer that is no trusted proxy', async () => {
    const nobody = aReader()
    for (const fields of [xff('1.1.1.1'), forwarded('for=1.1.1.1'), xff('1.1.1.1', '10.0.0.1')]) {
      expect(await callerOf('203.0.113.7', fields)).toBe('203.0.113.7')
      expect(await callerOf('10.0.0.1', fields, nobody)).toBe('10.0.0.1')
    }
  })

  it.each(CLAIMS)('in %s counts for nothing, whoever sends it', async (name) => {
    for (const peer of ['203.0.113.7', '10.0.0.1']) {
      expect(await callerOf(peer, [name, '1.1.1.1'])).toBe(peer)
    }
  })
})

describe('a chain behind a trusted proxy', () => {
  it.each<readonly [name: string, fields: Chain, caller: string]>([
    ['nothing at all', [], '10.0.0.1'],
    ['one hop', xff('198.51.100.7'), '198.51.100.7'],
    ['two hops, the left one forged', xff('1.1.1.1, 198.51.100.7'), '198.51.100.7'],
    ['a trusted second hop', xff('198.51.100.7, 10.9.9.9'), '198.51.100.7'],
    ['a forgery left of an untrusted hop', xff('1.1.1.1, 198.51.100.7, 10.9.9.9'), '198.51.100.7'],
    ['only trusted hops', xff('10.1.1.1, 10.2.2.2'), '10.1.1.1'],
    ['several fields', xff('1.1.1.1', '198.51.100.7', '10.2.2.2'), '198.51.100.7'],
    ['no blanks', xff('1.1.1.1,198.51.100.7,10.2.2.2'), '198.51.100.7'],
    ['many blanks', xff('1.1.1.1 ,\t 198.51.100.7  '), '198.51.100.7'],
    ['a port', xff('198.51.100.7:4711'), '198.51.100.7'],
    ['IPv6', xff('2001:DB8:0:0::7'), '2001:db8::7'],
    ['IPv6 in brackets', xff('[2001:db8::7]'), '2001:db8::7'],
    ['IPv6 in brackets with a port', xff('[2001:db8::7]:4711'), '2001:db8::7'],
    ['IPv4-mapped IPv6', xff('::ffff:198.51.100.7'), '198.51.100.7'],
    ['a mapped trusted hop', xff('198.51.100.7, ::ffff:10.0.0.2'), '198.51.100.7'],
    ['a trusted IPv6 hop', xff('198.51.100.7, 2001:db8:1::5'), '198.51.100.7'],
    ['a hop trusted alone', xff('198.51.100.7, 192.0.2.1'), '198.51.100.7'],
    ['its neighbour', xff('198.51.100.7, 192.0.2.2'), '192.0.2.2'],
    ['unknown', xff('unknown'), '10.0.0.1'],
    ['unknown behind a hop', xff('unknown, 10.2.2.2'), '10.2.2.2'],
    ['a forgery behind unknown', xff('1.1.1.1, unknown, 10.2.2.2'), '10.2.2.2'],
    ['an empty field', xff(''), '10.0.0.1'],
    ['an empty entry', xff('1.1.1.1,,10.2.2.2'), '10.2.2.2'],
    ['a comma at the end', xff('1.1.1.1,'), '10.0.0.1'],
    ['a comma alone', xff(','), '10.0.0.1'],
    ['octal digits', xff('0177.0.0.1'), '10.0.0.1'],
    ['a leading zero', xff('198.051.100.7'), '10.0.0.1'],
    ['an octet over 255', xff('198.51.100.256'), '10.0.0.1'],
    ['a short form', xff('198.51'), '10.0.0.1'],
    ['a decimal form', xff('3325256711'), '10.0.0.1'],
    ['a hexadecimal form', xff('0xc6.51.100.7'), '10.0.0.1'],
    ['a zone', xff('fe80::1%eth0'), '10.0.0.1'],
    ['a zone in brackets', xff('[fe80::1%25eth0]'), '10.0.0.1'],
    ['an obfuscated name', xff('_hidden'), '10.0.0.1'],
    ['a host name', xff('attacker.test'), '10.0.0.1'],
    ['quotes', xff('"198.51.100.7"'), '10.0.0.1'],
    ['a port that is none', xff('198.51.100.7:x'), '10.0.0.1'],
    ['an unclosed bracket', xff('[2001:db8::7'), '10.0.0.1'],
    ['text after a bracket', xff('[2001:db8::7]x'), '10.0.0.1'],
    ['a semicolon', xff('198.51.100.7;1.1.1.1'), '10.0.0.1'],
    ['a NUL', xff('198.51.100.7\0'), '10.0.0.1'],
    ['a full-width digit', xff('198.51.100.\uff17'), '10.0.0.1'],
    ['a very long entry', xff(`${'1'.repeat(9_000)}, 10.2.2.2`), '10.2.2.2'],
  ])('of X-Forwarded-For with %s', async (_name, fields, caller) => {
    expect(await callerOf('10.0.0.1', fields)).toBe(caller)
    expect(await callerOf('::ffff:10.0.0.1', fields)).toBe(caller)
  })

  it.each<readonly [name: string, fields: Chain, caller: string]>([
    ['one hop', forwarded('for=198.51.100.7'), '198.51.100.7'],
    ['other pairs', forwarded('proto=https;For=198.51.100.7;by=10.0.0.1;host=h'), '198.51.100.7'],
    ['blanks around pairs', forwarded('proto=https; for=198.51.100.7 ; by=x'), '198.51.100.7'],
    ['a forged left hop', forwarded('for=1.1.1.1, for=198.51.100.7'), '198.51.100.7'],
    ['a trusted hop', forwarded('for=198.51.100.7, for=10.2.2.2'), '198.51.100.7'],
    ['several fields', forwarded('for=1.1.1.1', 'for=198.51.100.7'), '198.51.100.7'],
    ['quoted IPv6 with a port', forwarded('for="[2001:db8::7]:4711"'), '2001:db8::7'],
    ['a quoted IPv4 with a port', forwarded('for="198.51.100.7:80"'), '198.51.100.7'],
    ['unknown', forwarded('for=unknown'), '10.0.0.1'],
    ['an obfuscated name', forwarded('for=_gazonk'), '10.0.0.1'],
    ['no for', forwarded('by=10.0.0.1;proto=http'), '10.0.0.1'],
    ['two for', forwarded('for=1.1.1.1;for=198.51.100.7'), '10.0.0.1'],
    ['a for inside quotes', forwarded('host="x;for=1.1.1.1"'), '10.0.0.1'],
    ['a real for beside it', forwarded('host="x;for=1.1.1.1";for=198.51.100.7'), '198.51.100.7'],
    ['a comma inside quotes', forwarded('host="x,for=1.1.1.1";for=198.51.100.7'), '198.51.100.7'],
    ['an unfinished quote', forwarded('for="1.1.1.1, for=198.51.100.7'), '10.0.0.1'],
    [
      'a quote finished by the proxy',
      forwarded('for=1.1.1.1;x="', 'for=198.51.100.7'),
      '198.51.100.7',
    ],
    ['an escaped quote', forwarded('for="198.51.100.7\\""'), '10.0.0.1'],
    ['an empty element', forwarded('for=1.1.1.1,,for=10.2.2.2'), '10.2.2.2'],
    ['an empty field', forwarded(''), '10.0.0.1'],
    ['blanks in a pair', forwarded('for = 198.51.100.7'), '10.0.0.1'],
    ['a bare word', forwarded('198.51.100.7'), '10.0.0.1'],
    ['a field over 8 KiB', forwarded(`for=1.1.1.1;x=${'y'.repeat(9_000)}`), '10.0.0.1'],
  ])('of Forwarded with %s', async (_name, fields, caller) => {
    expect(await callerOf('10.0.0.1', fields)).toBe(caller)
  })

  it('is refused where both fields came and name different callers', async () => {
    const fields = [...xff('198.51.100.7'), ...forwarded('for=1.1.1.1')]
    expect(await verdictOf({ peerAddress: '10.0.0.1', extraHeaders: fields }, reader)).toBe(
      'invalid_header',
    )
    const same = [...xff('198.51.100.7'), ...forwarded('for="198.51.100.7:4711";proto=https')]
    expect(await callerOf('10.0.0.1', same)).toBe('198.51.100.7')
  })

  it('is followed for 64 hops, whatever its length', async () => {
    expect(await callerOf('10.0.0.1', xff(`198.51.100.7,${hops(63)}`))).toBe('198.51.100.7')
    expect(await callerOf('10.0.0.1', xff(`198.51.100.7,${hops(64)}`))).toBe('10.0.0.0')
    expect(await callerOf('10.0.0.1', xff(`198.51.100.7,${hops(10_000)}`))).toMatch(/^10\./)
  })
})

const networkOf = async (entry: string): Promise<string | undefined> =>
  (await reading({ peerAddress: '10.0.0.1', extraHeaders: xff(entry) }, reader)).call?.caller
    .network

describe('the address of a caller', () => {
  const octet = fc.nat(255)
  const v4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'))
  const v6 = fc.ipV6()

  it('has one spelling, whichever way it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(v4, v6), async (address) => {
        const canonical = canonicalAddress(address)
        const spellings = address.includes(':')
          ? [address, address.toUpperCase(), `[${address}]`, `[${address}]:80`]
          : [address, `${address}:80`, `::ffff:${address}`, `[::FFFF:${address}]:443`]
        for (const spelling of spellings) {
          expect(await callerOf('10.0.0.1', xff(spelling))).toBe(canonical)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is one caller per /64 and per /24', async () => {
    expect(await networkOf('2001:db8:5:6:1::1')).toBe('2001:db8:5:6::/64')
    expect(await networkOf('2001:db8:5:6:ffff::1')).toBe('2001:db8:5:6::/64')
    expect(await networkOf('2001:db8:5:7::1')).toBe('2001:db8:5:7::/64')
    expect(await networkOf('::ffff:198.51.100.7')).toBe('198.51.100.0/24')
  })

  it('of a link-local peer leaves the zone of our interface out', async () => {
    expect(await callerOf('fe80::1%eth0', [])).toBe('fe80::1')
  })

  it('that is gone with its socket is a caller that left', async () => {
    expect(await verdictOf({ peerAddress: '' })).toBe('client_gone')
  })

  it('never stops the reader, whatever stands in the fields', async () => {
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[0-9a-f.:,[\]"%; =for_-]{0,60}$/),
    )
    await fc.assert(
      fc.asyncProperty(field, field, async (one, other) => {
        const { call, fault } = await reading(
          { peerAddress: '10.0.0.1', extraHeaders: [...xff(one), ...forwarded(other)] },
          reader,
        )
        if (call === undefined) expect(fault?.code).toBe('invalid_header')
        else expect(canonicalAddress(call.caller.address)).toBe(call.caller.address)
      }),
      { numRuns: 3_000 },
    )
  })
})
