import { createRequire } from 'node:module'

/** Printed where the packaged database is in use: what it is, whose, and what to do instead. */
export const SAMPLE_COUNTRY_NOTICE =
  'country data: sample from @ip-location-db/geo-whois-asn-country-mmdb (CC0-1.0; contains statistics of the NRO, nro.net, CC BY 4.0); it contains errors and is not updated: point geoip.country at a file of your own'

/** Path of the country database that comes as a package; `undefined` where it is not installed. */
export const sampleCountryDatabasePath = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve(
      '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
    )
  } catch {
    return undefined
  }
}
