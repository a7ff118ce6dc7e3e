import type { IpKind } from './ip-kind.ts'
import type { MmdbUse } from './mmdb-open.ts'

/** What a country database says: ISO 3166-1 alpha-2. */
export type CountryRecord = { readonly country: string }

/** What an ASN database says. */
export type AsnRecord = { readonly asn: number; readonly asName: string | undefined }

/** What a database of anonymisers says. */
export type AnonymityRecord = {
  /** `unknown` where it says no more than that the address is anonymous. */
  readonly kind: IpKind | 'unknown'
  readonly anonymous: boolean
  readonly provider: string | undefined
}

type Fields = { readonly [name: string]: unknown }

const MAX_TEXT = 128
const MAX_ASN = 2 ** 32 - 1

const fieldsOf = (value: unknown): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('a record is no map')
  }
  // A decoded map: text keys by the check of its structure, values not yet looked at.
  return value as Fields
}

const mapIn = (fields: Fields, name: string): Fields | undefined => {
  const value = fields[name]
  return value === undefined ? undefined : fieldsOf(value)
}

const textIn = (fields: Fields | undefined, name: string): string | undefined => {
  const value = fields?.[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string') throw new TypeError(`${name} of a record is no text`)
  return value === '' ? undefined : value.slice(0, MAX_TEXT)
}

const flagIn = (fields: Fields, name: string): boolean => {
  const value = fields[name]
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`${name} of a record is neither true nor false`)
  }
  return value === true
}

const countryIn = (fields: Fields): string | undefined => {
  const flat =
    textIn(fields, 'country_code') ??
    (typeof fields['country'] === 'string'
      ? textIn(fields, 'country')
      : (textIn(mapIn(fields, 'country'), 'iso_code') ??
        textIn(mapIn(fields, 'registered_country'), 'iso_code')))
  return flat !== undefined && /^[A-Z]{2}$/.test(flat) ? flat : undefined
}

/**
 * Country and City databases of MaxMind and others of their shape (`country.iso_code`, else the country
 * that registered the network), and flat ones (`country_code`).
 */
export const COUNTRY_USE: MmdbUse<CountryRecord> = {
  name: 'a country database',
  types: /country|city|enterprise|location/i,
  derive: (record) => {
    const country = countryIn(fieldsOf(record))
    return country === undefined ? undefined : { country }
  },
}

/** ASN, ISP and Enterprise databases (`autonomous_system_number`, at the top or under `traits`). */
export const ASN_USE: MmdbUse<AsnRecord> = {
  name: 'an ASN database',
  types: /asn|isp|enterprise/i,
  derive: (record) => {
    const top = fieldsOf(record)
    const fields = top['autonomous_system_number'] === undefined ? mapIn(top, 'traits') : top
    const asn = fields?.['autonomous_system_number']
    if (fields === undefined || asn === undefined) return undefined
    if (typeof asn !== 'number' || !Number.isInteger(asn) || asn < 0 || asn > MAX_ASN) {
      throw new TypeError('autonomous_system_number of a record is no AS number')
    }
    // AS 0 stands for space that is not to be routed (RFC 7607).
    if (asn === 0) return undefined
    return { asn, asName: textIn(fields, 'autonomous_system_organization') }
  },
}

/** Anonymous IP and Anonymous Plus databases. Their `is_anonymous` is true for hosting too; ours is not. */
export const ANONYMOUS_USE: MmdbUse<AnonymityRecord> = {
  name: 'a database of anonymous addresses',
  types: /anonym/i,
  derive: (record) => {
    const fields = fieldsOf(record)
    const vpn = flagIn(fields, 'is_anonymous_vpn')
    const hosting = flagIn(fields, 'is_hosting_provider')
    const proxy = flagIn(fields, 'is_public_proxy')
    const residentialProxy = flagIn(fields, 'is_residential_proxy')
    const tor = flagIn(fields, 'is_tor_exit_node')
    const somehow = flagIn(fields, 'is_anonymous')
    const provider = textIn(fields, 'provider_name')
    if (tor) return { kind: 'tor', anonymous: true, provider }
    if (residentialProxy) return { kind: 'residential_proxy', anonymous: true, provider }
    if (proxy) return { kind: 'proxy', anonymous: true, provider }
    if (vpn) return { kind: 'vpn', anonymous: true, provider }
    if (hosting) return { kind: 'hosting', anonymous: false, provider }
    return somehow ? { kind: 'unknown', anonymous: true, provider } : undefined
  },
}

/**
 * Residential Proxy databases: to be in one is the finding, whatever the confidence it gives. An address
 * there is shared with the ordinary customer whose line it is.
 */
export const RESIDENTIAL_PROXY_USE: MmdbUse<AnonymityRecord> = {
  name: 'a database of residential proxies',
  types: /residential.?proxy/i,
  derive: (record) => ({
    kind: 'residential_proxy',
    anonymous: true,
    provider: textIn(fieldsOf(record), 'provider_name'),
  }),
}
