import { FunctionHost } from '@tideway/spot-simulator'
import type { Deployed } from '../delivery/deployed'
import type { Gateway } from '../gateway/gateway'
import { DroughtSimulation } from './drought-simulation'

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
      zipOf: props.zipOf,
      onLine: (_, line) => this.simulation?.timeline.addLogLine(line),
    })
  }

  start(deployed: Deployed, seed: number): DroughtSimulation {
    this.stop()
    const simulation = new DroughtSimulation({ deployed, seed, host: this.functions })
    this.simulation = simulation
    this.props.gateway.intercept = (request) => simulation.respond(request)
    return simulation
  }

  stop(): void {
    this.simulation = undefined
    this.props.gateway.intercept = undefined
    this.functions.recycle()
  }

  /** Ends all processes. */
  close(): void {
    this.stop()
    this.functions.close()
  }
}
