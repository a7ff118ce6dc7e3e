import { statSync } from 'node:fs'
import { Unknown } from '../core/facts.ts'
import { COUNTRY_USE } from '../signals/geo-records.ts'
import { sampleCountryDatabasePath } from '../signals/geo-sample.ts'
import { createMmdbReader } from '../signals/mmdb-reader.ts'
import { BUILT_IN_MATERIAL, type Material } from './material.ts'
import { networksFromData } from './networks-from-data.ts'
import { csvRows } from './read-rows.ts'
import { textsFromData } from './texts-from-data.ts'
import { sizesFrom, type Size } from './token-sizes.ts'

/** Input and output tokens of the Azure traces: the second and third column. */
const sizesOf = (folder: string, name: string): Size[] =>
  csvRows(folder, `traffic/${name}.csv.gz`).flatMap(([, input, output]): Size[] => {
    const size: Size = [Number(input), Number(output)]
    return size.every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0) ? [size] : []
  })

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? 0

/** Quartiles of a normal distribution lie 1.349 standard deviations apart. */
const QUARTILES_APART = 1.349
const ENOUGH_CLIENTS = 30

/**
 * Spread of volume between clients on a log scale, from the distance of the quartiles of their mean rates;
 * the median over the models of the table.
 */
const spreadOf = (folder: string): number | undefined => {
  const clients = new Map<string, Map<string, number>>()
  for (const [, model = '', client = '', , rate] of csvRows(
    folder,
    'traffic/servegen_client_windows.csv.gz',
  )) {
    const of = clients.get(model) ?? new Map<string, number>()
    clients.set(model, of)
    of.set(client, (of.get(client) ?? 0) + Number(rate))
  }
  const spreads = [...clients.values()]
    .filter((of) => of.size >= ENOUGH_CLIENTS)
    .map((of) => {
      const logs = [...of.values()].filter((sum) => sum > 0).map(Math.log)
      logs.sort((one, other) => one - other)
      return (quantile(logs, 0.75) - quantile(logs, 0.25)) / QUARTILES_APART
    })
  spreads.sort((one, other) => one - other)
  return spreads.length === 0 ? undefined : quantile(spreads, 0.5)
}

/**
 * Material from a folder of corpora, with what is missing there built in. Throws where there is no such
 * folder.
 */
export const materialFromData = async (folder: string): Promise<Material> => {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(
      `${folder} is no folder; name the one that holds the corpora, or leave --data out`,
    )
  }
  const path = sampleCountryDatabasePath()
  const reader =
    path === undefined
      ? undefined
      : await createMmdbReader({ file: path, use: COUNTRY_USE, onProblem: () => undefined })
  try {
    return {
      texts: textsFromData(folder),
      networks: networksFromData(folder, (address) => {
        const found = reader?.find(address)
        return found === undefined || found instanceof Unknown ? undefined : found.country
      }),
      sizes: sizesFrom(
        sizesOf(folder, 'azure_llm_2023_conv'),
        sizesOf(folder, 'azure_llm_2023_code'),
      ),
      appLogSd: spreadOf(folder) ?? BUILT_IN_MATERIAL.appLogSd,
    }
  } finally {
    await reader?.close()
  }
}
