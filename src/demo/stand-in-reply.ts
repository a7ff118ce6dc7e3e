import type { StandInAnswer } from './stand-in-answer.ts'
import { answerAnthropic } from './stand-in-anthropic.ts'
import { answerChat } from './stand-in-chat.ts'
import { answerCompletion } from './stand-in-completions.ts'
import { failAs } from './stand-in-failures.ts'
import { answerGemini } from './stand-in-gemini.ts'
import { answerEmbeddings, answerOpenaiModels } from './stand-in-lists.ts'
import type { StandInRequest } from './stand-in-request.ts'
import { answerResponses } from './stand-in-responses.ts'
import { switchesOf } from './stand-in-switches.ts'
import { textOf } from './stand-in-request.ts'

const answerOpenai = (request: StandInRequest): StandInAnswer | undefined => {
  switch (request.path) {
    case '/v1/chat/completions':
      return answerChat(request)
    case '/v1/completions':
      return answerCompletion(request)
    case '/v1/responses':
      return answerResponses(request)
    case '/v1/embeddings':
      return answerEmbeddings(request)
    default:
      return /^\/v1\/models(\/[^/]+)?$/.test(request.path) ? answerOpenaiModels(request) : undefined
  }
}

/** The model a request names: in its body, or in the path as Gemini does. */
export const modelOf = ({ body, path }: StandInRequest): string | undefined =>
  textOf(body, 'model') ?? /\/models\/([^/:]+)/.exec(path)?.[1]

/** The answer to a request: the failure its model asks for, else what its path serves, else 404. */
export const replyTo = (request: StandInRequest): StandInAnswer => {
  const { failure } = switchesOf(modelOf(request))
  if (failure !== undefined) return failAs(request, failure)
  const answers = { openai: answerOpenai, anthropic: answerAnthropic, gemini: answerGemini }
  return answers[request.dialect](request) ?? failAs(request, 404)
}
