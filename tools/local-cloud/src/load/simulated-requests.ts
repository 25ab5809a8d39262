import { setTimeout as sleep } from 'node:timers/promises'
import { environmentNamed } from '@tideway/constructs/environments'
import type { EcsSimulation, Programs, Service, Task } from '@tideway/spot-simulator'
import type { Monitoring } from '../monitoring/monitoring'
import type { DeployedPath } from '../path/deployed-path'
import { failureOf, healthCheck } from '../path/health'
import { withOutsideCdn } from '../path/outside-cdn'
import type { PathProblem } from '../path/request'
import { RequestPath } from '../path/request-path'
import type { TaskReply } from '../tasks/program'
import { ProgramSwitch } from '../tasks/program-switch'
import { type Application, StandIns } from '../tasks/stand-in'
import { flowsOf } from './flows'
import { Load } from './load'
import { LoadMetrics } from './load-metrics'
import { SimulatedTargets } from './simulated-targets'

export interface SimulatedRequestsProps {
  readonly deployed: DeployedPath
  readonly application: Application
  readonly seed: number
  /** Creates the simulation, with programs for its tasks, but without services. */
  readonly createAws: (programs: Programs) => EcsSimulation
  readonly onProblem?: (problem: PathProblem) => void
}

const site = environmentNamed('local').domain
/** Assumed: programs do not read where their health checks come from. */
const balancerIp = '10.0.0.2'

/** The requests of a simulation: through the deployed path to the programs of its tasks. */
export class SimulatedRequests {
  readonly aws: EcsSimulation
  readonly targets: SimulatedTargets
  readonly path: RequestPath
  readonly metrics: LoadMetrics
  readonly standIns: StandIns
  /** Resolves when changes of the path have been read. */
  settled: () => Promise<void> = async () => {}
  /** What answers now, and why. */
  readonly programs: ProgramSwitch

  constructor(private readonly props: SimulatedRequestsProps) {
    const { deployed, application, seed, createAws } = props
    this.aws = createAws({
      startsTask: (task) => this.programs.start(task).failure,
      checksTargets: (task, targetGroupArn) => this.check(task, targetGroupArn),
    })
    const { aws } = this
    this.standIns = new StandIns({
      aws,
      application,
      exit: (task, exitCode) => aws.exit(task, exitCode),
    })
    this.programs = new ProgramSwitch(aws, this.standIns)
    this.targets = new SimulatedTargets(aws)
    this.path = new RequestPath(withOutsideCdn(deployed, site), this.targets, { seed })
    this.metrics = new LoadMetrics(() => this.path.deployed, this.targets, application)
    aws.observe({ ended: (task) => this.standIns.ended(task) })
  }

  /** Starts the load of its services, once they have been created. */
  startLoad(
    primaries: readonly Service[],
    pairOf: (service: Service) => string,
    { weight = 1 } = {},
  ): Load {
    const { aws, path, targets, props } = this
    const { application, onProblem } = props
    const route: RequestPath['route'] = (request, now, weight) => path.route(request, now, weight)
    const { flows, usualRate } = flowsOf({
      ...application,
      deployed: path.deployed,
      route,
      now: aws.now,
      primaries,
      pairOf,
    })
    return new Load({
      weight,
      flows,
      usualRate,
      aws,
      route,
      targets,
      programs: { programOf: (task) => this.programs.programOf(task) },
      onCompleted: (completed) => this.metrics.add(completed),
      ...(onProblem && { onProblem }),
    })
  }

  /** The next requests and health checks take another path. */
  update(deployed: DeployedPath): void {
    this.path.update(withOutsideCdn(deployed, site))
  }

  addMetrics(monitoring: Monitoring): void {
    this.metrics.write(this.aws, monitoring)
  }

  private check(task: Task, targetGroupArn: string) {
    const group = this.path.deployed.targetGroups.find(({ arn }) => arn === targetGroupArn)
    const program = this.programs.programOf(task)
    if (group === undefined) return undefined
    const { containerPort = group.port } =
      task.deployment.release.loadBalancers.find(
        (each) => each.targetGroupArn === targetGroupArn,
      ) ?? {}
    const target = { id: task.ip ?? '', port: containerPort }
    const { port, request, timeoutSeconds } = healthCheck(group, target, balancerIp)
    const unreachable = this.path.unreachable(targetGroupArn, { id: target.id, port })
    if (unreachable !== undefined) return unreachable
    const reply = program?.handle(port, request, 1) ?? { kind: 'refused' }
    return reply instanceof Promise
      ? Promise.race([reply, noReply(timeoutSeconds)]).then((each) => failureOf(group, each))
      : failureOf(group, reply)
  }
}

/** A check without a reply in time fails, however late the reply is. */
async function noReply(timeoutSeconds: number): Promise<TaskReply> {
  const response = { status: 504, headers: {}, body: Buffer.alloc(0) }
  await sleep(timeoutSeconds * 1000, undefined, { ref: false })
  return { kind: 'response', response, seconds: Infinity }
}
