import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { openGeo } from '../app-geo.ts'
import { capabilitiesOf } from '../app-models.ts'
import type { Call } from '../core/call.ts'
import type { Facts, Findings } from '../core/facts.ts'
import { Fault } from '../core/fault.ts'
import { createKeyedHash } from '../core/keyed-hash.ts'
import { formatProblem, type Problem } from '../core/problem.ts'
import { recordedCallOf, traceFields, traceHeaders } from '../core/trace.ts'
import { anthropic } from '../dialects/anthropic.ts'
import { gemini } from '../dialects/gemini.ts'
import { openai } from '../dialects/openai.ts'
import { createReader } from '../guard/read-call.ts'
import { readCaseFacts } from '../policy/case-facts.ts'
import { compilePolicy } from '../policy/compile.ts'
import { explain } from '../policy/explain.ts'
import { readPolicyFiles } from '../policy/files.ts'
import { createRecordedExchanges } from '../replay/recorded-exchange.ts'
import { loadSettings, type Settings } from '../settings.ts'
import { createAccountFile } from '../signals/account-file.ts'
import { createGather } from '../signals/gather.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { explanationJson, explanationText } from './explanation-output.ts'
import { readCampaignFacts } from './read-campaign-facts.ts'
import { readClearances } from './read-clearances.ts'
import { readCounters } from './read-counters.ts'
import { printProblems, type Streams } from './serve.ts'

/** One line of a trace, with facts that override what the sources say; what is left out is ordinary. */
const traceSchema = z.strictObject({
  ...traceFields,
  at: traceFields.at.optional(),
  account: traceFields.account.optional(),
  ip: traceFields.ip.default('192.0.2.1'),
  method: traceFields.method.default('POST'),
  path: traceFields.path.default('/v1/chat/completions'),
  headers: traceHeaders.default({}),
  facts: z.unknown().optional(),
  usage: traceFields.usage.optional(),
  label: traceFields.label.optional(),
  solves: traceFields.solves.optional(),
})

type TraceCall = z.output<typeof traceSchema>

/** What the accounts file says of the named account. */
const accountFindings = async (
  settings: Settings,
  trace: TraceCall,
  atMs: number,
): Promise<Findings> => {
  const { file } = settings.accounts
  if (trace.account === undefined || file === undefined) return {}
  const hashInstrument = createKeyedHash(Buffer.alloc(32), 'instrument')
  const source = await createAccountFile({
    file: settings.path(file),
    hashInstrument,
    hashEndUser: createKeyedHash(Buffer.alloc(32), 'end user'),
  })
  await source.close()
  return source.lookup(trace.account, atMs) ?? { 'account.known': false }
}

const gatherFacts = async (
  settings: Settings,
  trace: TraceCall,
  onProblem: (problem: Problem) => void,
): Promise<{ readonly call: Call; readonly facts: Facts }> => {
  const atMs = trace.at ?? Date.now()
  const hash = createKeyedHash(Buffer.alloc(32), 'explain')
  const reader = createReader({
    dialects: [openai, anthropic, gemini],
    trustedProxies: [],
    unknownRoutes: settings.routes.unknown,
    maxBodyBytes: settings.bodies.max,
    credentialHash: hash,
    clock: { now: () => atMs },
    newId: () => 'explain',
  })
  const exchange = createRecordedExchanges()(recordedCallOf({ ...trace, at: atMs }))
  const call = await reader.read(exchange, reader.arrive(exchange))
  const geo = await openGeo(settings, onProblem)
  const facts = await createGather({ sources: [geo.source], stackHash: hash })(call)
  await geo.close()
  facts.add(await accountFindings(settings, trace, atMs))
  return { call, facts }
}

const FACTS_GO_HERE =
  'facts go under "facts", such as "facts": {"clearance.kind": "proof_of_work", "clearance.age_s": 60}'

/** What is wrong with a described call, and what to write, one entry a mistake. */
const mistakesOf = ({ issues }: z.core.$ZodError): readonly (readonly [string, string])[] =>
  issues.flatMap((issue): (readonly [string, string])[] => {
    const where = issue.path.map(String).join('.')
    if (issue.code !== 'unrecognized_keys') {
      return [
        [where === '' ? issue.message : `${where}: ${issue.message}`, 'correct the trace object'],
      ]
    }
    const instead =
      where === ''
        ? `its keys are ${Object.keys(traceSchema.shape).join(', ')}; ${FACTS_GO_HERE}`
        : 'remove it or correct its spelling'
    return issue.keys.map((key) => {
      const named = JSON.stringify([...issue.path, key].map(String).join('.').slice(0, 128))
      return [`unknown key ${named}`, instead]
    })
  })

/** Whether a call says itself what it has passed: then nobody else is asked. */
const tellsClearances = (facts: Facts | undefined): boolean =>
  Object.keys(facts?.toJSON() ?? {}).some((name) =>
    /^clearance\.(?:kind|age_s|bound|held)$/.test(name),
  )

const read = (file: string): string => readFileSync(file === '-' ? 0 : file, 'utf8')

/**
 * Says how one described call would be decided by the policies on the disk, and why, leaf by leaf; with
 * `admin`, the address of a running guard, also which campaign the account is in, which challenges it has
 * passed, and what the limits have left for such a call.
 */
export const explainCall = async (
  options: {
    readonly config: string
    readonly json: boolean
    readonly call: string
    readonly admin?: string
  },
  streams: Streams,
): Promise<ExitCode> => {
  const refuse = (problems: readonly Problem[]): ExitCode => {
    printProblems(problems, options.json, streams)
    return EXIT.problems
  }
  const at = (what: string, instead: string): Problem => ({
    file: options.call,
    line: 1,
    col: 1,
    what,
    instead,
  })
  const loaded = loadSettings(options.config)
  if (!loaded.ok) return refuse(loaded.problems)
  const { settings } = loaded
  const files = await readPolicyFiles(settings.policies, settings.path('.'))
  if (!files.ok) return refuse(files.problems)
  const compiled = compilePolicy(files.documents, capabilitiesOf(settings))
  if (!compiled.ok) return refuse(compiled.problems)

  let json: unknown
  try {
    json = JSON.parse(read(options.call))
  } catch (error) {
    return refuse([
      at(`not readable as JSON: ${(error as Error).message}`, 'write one trace object'),
    ])
  }
  const parsed = traceSchema.safeParse(json)
  if (!parsed.success) {
    return refuse(mistakesOf(parsed.error).map(([what, instead]) => at(what, instead)))
  }
  const trace = parsed.data
  const overrides =
    trace.facts === undefined
      ? undefined
      : readCaseFacts(trace.facts, ['facts'], (path, what, instead) =>
          at(`${path.map(String).join('.')}: ${what}`, instead),
        )
  if (overrides !== undefined && overrides.problems.length > 0) return refuse(overrides.problems)
  let gathered: Awaited<ReturnType<typeof gatherFacts>>
  try {
    gathered = await gatherFacts(settings, trace, (problem) =>
      streams.err.write(`${formatProblem(problem)}\n`),
    )
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return refuse([
      at(
        `the guard would refuse this call before any policy: ${error.message}`,
        'correct the call',
      ),
    ])
  }
  const { call, facts } = gathered
  const notes: string[] = []
  if (options.admin !== undefined && trace.account !== undefined) {
    const told = await readCampaignFacts(options.admin, trace.account)
    if (!told.ok) {
      streams.err.write(`stillwatch: ${told.what}\n`)
      return told.exit
    }
    facts.add(told.facts)
    // Where the source of accounts knows nobody of that name, challenges are the credential's.
    if (facts.get('account.known') !== false && !tellsClearances(overrides?.facts)) {
      const about = { call, facts, nowMs: Date.now() }
      const held = await readClearances(options.admin, trace.account, about)
      if (!held.ok) {
        streams.err.write(`stillwatch: ${held.what}\n`)
        return held.exit
      }
      facts.add(held.facts)
      notes.push(...held.notes)
    }
  }
  if (overrides !== undefined) facts.add(overrides.facts.toJSON())
  const explanation = explain(compiled.policy, facts)
  const counters =
    options.admin === undefined ? undefined : await readCounters(options.admin, facts)
  if (counters?.ok === false) {
    streams.err.write(`stillwatch: ${counters.what}\n`)
    return counters.exit
  }
  streams.out.write(
    options.json
      ? explanationJson(explanation, counters, notes)
      : explanationText(explanation, counters, notes),
  )
  return EXIT.done
}
