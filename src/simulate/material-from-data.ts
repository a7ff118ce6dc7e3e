import { statSync } from 'node:fs'
import { Unknown } from '../core/facts.ts'
import { COUNTRY_USE } from '../signals/geo-records.ts'
import { sampleCountryDatabasePath } from '../signals/geo-sample.ts'
import { createMmdbReader } from '../signals/mmdb-reader.ts'
import type { Material } from './material.ts'
import { networksFromData } from './networks-from-data.ts'
import { stacksFromData } from './header-stacks-from-data.ts'
import { programsFromData } from './programs-from-data.ts'
import { csvRows, jsonRows } from './read-rows.ts'
import { textsFromData } from './texts-from-data.ts'
import { sizesFrom, type Size } from './token-sizes.ts'

/** Input and output tokens of the Azure traces: the second and third column. */
const sizesOf = (folder: string, name: string): Size[] =>
  csvRows(folder, `traffic/${name}.csv.gz`).flatMap(([, input, output]): Size[] => {
    const size: Size = [Number(input), Number(output)]
    return size.every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0) ? [size] : []
  })

/** Mooncake's conversations: input and output of calls with long contexts. */
const mooncakeSizes = (folder: string): Size[] =>
  jsonRows(folder, 'traffic/mooncake_conversation.jsonl.gz').flatMap((row): Size[] => {
    const size: Size = [Number(row['input_length']), Number(row['output_length'])]
    return size.every((tokens) => Number.isSafeInteger(tokens) && tokens >= 0) ? [size] : []
  })

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
        mooncakeSizes(folder),
      ),
      stacks: stacksFromData(folder),
      programs: programsFromData(folder),
    }
  } finally {
    await reader?.close()
  }
}
