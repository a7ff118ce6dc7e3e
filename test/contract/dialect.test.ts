import { describe } from 'vitest'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { dialectContract } from './dialect.ts'

describe('the dialect openai', () => dialectContract(openai, '/v1/chat/completions'))
describe('the dialect anthropic', () => dialectContract(anthropic, '/v1/messages'))
describe('the dialect gemini', () =>
  dialectContract(gemini, '/v1beta/models/gemini-x:generateContent'))
