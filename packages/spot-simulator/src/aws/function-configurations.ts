import { AwsError, type ServiceModel } from '../endpoint'
import { accountId, region } from './account'
import { callOperation, type Operations } from './operations'

export interface DescribedFunction {
  readonly variables: Readonly<Record<string, string>>
  readonly logGroupName?: string
  /** @default that of the simulation */
  readonly account?: string
  /** The variables cannot be decrypted, as for a caller who may not use the key. */
  readonly variablesError?: { readonly code: string; readonly message: string }
}

/** The part of Lambda's API that describes functions. */
export class FunctionConfigurations implements ServiceModel {
  readonly protocol = 'rest'
  private readonly functions = new Map<string, DescribedFunction>()

  add(name: string, configuration: DescribedFunction): void {
    this.functions.set(name, configuration)
  }

  route(method: string, path: string) {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/configuration$/.exec(path) ?? []
    if (method !== 'GET' || name === undefined) return undefined
    const input = { FunctionName: decodeURIComponent(name) }
    return { operation: 'GetFunctionConfiguration', input }
  }

  call(operation: string, input: Readonly<Record<string, unknown>>): unknown {
    return callOperation('lambda', this.operations, operation, input)
  }

  private readonly operations: Operations = {
    GetFunctionConfiguration: {
      parameters: ['FunctionName'],
      run: ({ FunctionName: name }: { FunctionName: string }) => this.configuration(name),
    },
  }

  private configuration(name: string) {
    const found = this.functions.get(name)
    const arn = `arn:aws:lambda:${region}:${found?.account ?? accountId}:function:${name}`
    if (found === undefined) {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404)
    }
    const { variables, variablesError, logGroupName = `/aws/lambda/${name}` } = found
    return {
      FunctionName: name,
      FunctionArn: arn,
      Environment:
        variablesError === undefined
          ? { Variables: variables }
          : { Error: { ErrorCode: variablesError.code, Message: variablesError.message } },
      LoggingConfig: { LogFormat: 'Text', LogGroup: logGroupName },
    }
  }
}
