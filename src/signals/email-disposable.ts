import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Problem } from '../core/problem.ts'
import { emailDomainOf } from './email-domain.ts'

const MAX_BYTES = 64 * 1024 * 1024

const inflate = promisify(gunzip)

/** Domains of throw-away mail addresses, and the lines that are none. */
export type DisposableDomains = {
  readonly domains: ReadonlySet<string>
  readonly problems: readonly Problem[]
}

/** Reads a list: one domain a line, `#` starts a comment, blank lines are skipped. */
export const parseDisposableDomains = (file: string, text: string): DisposableDomains => {
  const domains = new Set<string>()
  const problems: Problem[] = []
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/#.*/, '').trim()
    if (line === '') return
    const domain = line.includes('@') ? undefined : emailDomainOf(line)
    if (domain !== undefined) domains.add(domain)
    else {
      problems.push({
        file,
        line: index + 1,
        col: 1,
        what: 'not a domain name',
        instead: 'write one domain a line, such as throwaway.example',
      })
    }
  })
  return { domains, problems }
}

/**
 * Reads a list file, gzip by its name (`.gz`), at most 64 MiB unpacked. A file that cannot be read is a
 * problem and an empty list: whether an address is disposable is then unknown, never false.
 */
export const loadDisposableDomains = async (file: string): Promise<DisposableDomains> => {
  try {
    const bytes = await readFile(file)
    const plain = file.endsWith('.gz')
      ? await inflate(bytes, { maxOutputLength: MAX_BYTES })
      : bytes
    return parseDisposableDomains(file, plain.toString())
  } catch {
    const problem: Problem = {
      file,
      line: 1,
      col: 1,
      what: 'the list of disposable domains cannot be read',
      instead: 'name a readable text file, gzip if its name ends in .gz',
    }
    return { domains: new Set(), problems: [problem] }
  }
}
