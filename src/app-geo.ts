import { Unknown } from './core/facts.ts'
import type { Problem } from './core/problem.ts'
import type { SignalSource } from './core/seams.ts'
import type { Settings } from './settings.ts'
import {
  ANONYMOUS_USE,
  ASN_USE,
  COUNTRY_USE,
  RESIDENTIAL_PROXY_USE,
} from './signals/geo-records.ts'
import { SAMPLE_COUNTRY_NOTICE, sampleCountryDatabasePath } from './signals/geo-sample.ts'
import { createGeoSource } from './signals/geo.ts'
import type { MmdbUse } from './signals/mmdb-open.ts'
import { createMmdbReader, type MmdbReader } from './signals/mmdb-reader.ts'
import { createNetworkLists } from './signals/network-lists.ts'

/** What is known of addresses. */
export type Geo = {
  readonly source: SignalSource
  /** Number of the autonomous system of a canonical address; `undefined` where it is not known. */
  asnOf(address: string): number | undefined
  /** Parts that work on old or no data. */
  degraded(): readonly string[]
  close(): Promise<void>
}

/** What an operator should know of the databases the settings name. */
export const geoNotices = ({ geoip }: Settings): readonly string[] =>
  geoip.country === 'sample' ? [SAMPLE_COUNTRY_NOTICE] : []

/** Opens the databases and lists of the settings; what cannot be used is reported and left unknown. */
export const openGeo = async (
  settings: Settings,
  onProblem: (problem: Problem) => void,
): Promise<Geo> => {
  const { geoip } = settings
  const sample = geoip.country === 'sample'
  const open = async <T extends object>(
    file: string | null | undefined,
    use: MmdbUse<T>,
  ): Promise<MmdbReader<T> | undefined> =>
    file === null || file === undefined ? undefined : createMmdbReader({ file, use, onProblem })
  const at = (path: string | null): string | null => (path === null ? null : settings.path(path))
  const country = await open(sample ? sampleCountryDatabasePath() : at(geoip.country), COUNTRY_USE)
  const asn = await open(at(geoip.asn), ASN_USE)
  const anonymous = await open(at(geoip.anonymous), ANONYMOUS_USE)
  const residentialProxy = await open(at(geoip.residential_proxy), RESIDENTIAL_PROXY_USE)
  const lists = await createNetworkLists({
    lists: settings.lists.map((list) => ({ ...list, file: settings.path(list.file) })),
    hasAsnDatabase: asn !== undefined,
    onProblem,
  })
  const readers = [country, asn, anonymous, residentialProxy].filter(
    (reader) => reader !== undefined,
  )
  return {
    source: createGeoSource({ country, asn, anonymous, residentialProxy, lists }),
    asnOf: (address) => {
      const found = asn?.find(address)
      return found === undefined || found instanceof Unknown ? undefined : found.asn
    },
    degraded: () => [
      ...(readers.some((reader) => reader.status().problem !== undefined) ? ['geoip'] : []),
      ...(lists.status().some(({ problems }) => problems.length > 0) ? ['lists'] : []),
    ],
    close: async () => {
      await Promise.all([lists.close(), ...readers.map((reader) => reader.close())])
    },
  }
}
