import type { AwsEndpoint } from '@tideway/spot-simulator'

type RequestHandler = AwsEndpoint['requestHandler']
type HttpRequest = Parameters<RequestHandler['handle']>[0]
type Operation = Readonly<Record<'input' | 'name' | 'namespace' | 'output' | 'traits', unknown>>

/** The parts of an SDK client that its own types hide. */
interface Internals {
  readonly config: {
    readonly defaultSigningName: string
    readonly requestHandler: RequestHandler
    readonly protocol: {
      serializeRequest(operation: Operation, input: object, context: object): Promise<HttpRequest>
      deserializeResponse(operation: Operation, context: object, response: object): Promise<object>
    }
  }
  readonly middlewareStack: {
    add(
      middleware: (
        next: unknown,
        context: { readonly __smithy_context: { readonly operationSchema: readonly unknown[] } },
      ) => (args: { readonly input: object }) => Promise<object>,
      options: { readonly name: string; readonly step: string; readonly priority: string },
    ): void
  }
}

/**
 * Connects a client directly to its request handler. The client serializes and parses as usual, but skips the slow
 * steps that only a network needs: endpoints, signatures, retries, the user agent.
 */
export function callInProcess(client: object): void {
  const { config, middlewareStack } = client as Internals
  const { protocol, requestHandler } = config
  const context = { ...config, endpoint: async () => ({ protocol: '', hostname: '', path: '/' }) }
  const authorization = `Credential=simulated/0/us-east-1/${config.defaultSigningName}/aws4_request`
  middlewareStack.add(
    (_next, { __smithy_context: { operationSchema } }) => {
      const [, namespace, name, traits, input, output] = operationSchema
      const operation = { namespace, name, traits, input, output }
      return async (args) => {
        const request = await protocol.serializeRequest(operation, args.input, context)
        request.headers.authorization = authorization
        const { response } = await requestHandler.handle(request)
        return {
          response,
          output: await protocol.deserializeResponse(operation, context, response),
        }
      }
    },
    { name: 'callInProcess', step: 'initialize', priority: 'low' },
  )
}
