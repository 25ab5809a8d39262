import { FunctionHost } from '@tideway/spot-simulator'
import type { Deployed } from '../delivery/deployed'
import { readRequest } from '../gateway/aws-request'
import type { Gateway } from '../gateway/gateway'
import type { AlarmMessage } from '../monitoring/alarms'
import { account } from '../patches/account'
import { DroughtSimulation, type DroughtSimulationProps } from './drought-simulation'

export interface DroughtHostProps {
  readonly gateway: Gateway
  /** The URL of the gateway. */
  readonly url: string
  readonly zipOf: (functionName: string) => Buffer | undefined
}

/** Runs one simulation at a time behind a gateway, and the processes of its functions. */
export class DroughtHost {
  private readonly functions: FunctionHost
  private simulation: DroughtSimulation | undefined

  constructor(private readonly props: DroughtHostProps) {
    this.functions = new FunctionHost({
      url: props.url,
      zipOf: (name) => this.simulation?.codeOf(name) ?? props.zipOf(name),
      onLine: (name, line) => this.simulation?.addLogLine(name, line),
    })
  }

  start(
    deployed: Deployed,
    seed: number,
    sources: Pick<
      DroughtSimulationProps,
      'alarms' | 'scaling' | 'releases' | 'path' | 'hasComparison'
    > = {},
  ): DroughtSimulation {
    this.stop()
    const { gateway } = this.props
    const simulation = new DroughtSimulation({
      deployed,
      seed,
      host: this.functions,
      ...sources,
      call: (request) => gateway.handle(request),
      publish: (message) => gateway.handle(publishRequest(message)),
    })
    this.simulation = simulation
    gateway.intercept = (request) => simulation.respond(request)
    gateway.now = () => simulation.aws.now
    return simulation
  }

  stop(): void {
    this.simulation = undefined
    this.props.gateway.intercept = undefined
    this.props.gateway.now = undefined
    this.functions.recycle()
  }

  /** Ends all processes. */
  close(): void {
    this.stop()
    this.functions.close()
  }
}

/** The key that alarms sign with. */
export const alarmKey = 'cloudwatch'

function publishRequest({ topicArn, subject, message }: AlarmMessage) {
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${alarmKey}/20260101/${account.region}/sns/aws4_request, SignedHeaders=host, Signature=local`,
    'content-type': 'application/x-www-form-urlencoded',
    host: `sns.${account.region}.amazonaws.com`,
  }
  const input = { TopicArn: topicArn, Subject: subject, Message: message }
  const body = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', ...input })
  return readRequest('POST', '/', headers, Buffer.from(body.toString()))
}
