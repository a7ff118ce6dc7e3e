/**
 * One run in a process of its own, for `run.ts`: takes a `RunSpec` as JSON, prints a `RunResult` as one
 * line of JSON.
 */
import { runScenario, type RunSpec } from './run-scenario.ts'

// What `run.ts` hands over is its own.
const spec = JSON.parse(process.argv[2] ?? '') as RunSpec
const result = await runScenario(spec)
process.stdout.write(`${JSON.stringify({ ...result, rssBytes: process.memoryUsage.rss() })}\n`)
