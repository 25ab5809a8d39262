import type { EcsSimulation, Task } from '@tideway/spot-simulator'
import type { PathTarget, TargetSource } from '../path/routed'

/** The targets of a simulation's load balancers, and the tasks behind them. */
export class SimulatedTargets implements TargetSource {
  private readonly tasks = new Map<string, Task>()

  constructor(private readonly aws: EcsSimulation) {
    for (const { tasks } of aws.services) {
      for (const task of tasks) for (const arn of task.targets.keys()) this.changed(task, arn)
    }
    aws.observe({ target: (task, targetGroupArn) => this.changed(task, targetGroupArn) })
  }

  targets(targetGroupArn: string): readonly PathTarget[] {
    const { loadBalancers } = this.aws
    // One that was deployed after the start of the simulation has no targets.
    return loadBalancers.has(targetGroupArn) ? loadBalancers.targets(targetGroupArn) : []
  }

  /** Undefined for a target that ECS has not registered. */
  taskOf(targetGroupArn: string, target: { readonly id: string; readonly port: number }) {
    return this.tasks.get(keyOf(targetGroupArn, target.id, target.port))
  }

  private changed(task: Task, targetGroupArn: string): void {
    const { containerPort = 0 } =
      task.deployment.release.loadBalancers.find(
        (each) => each.targetGroupArn === targetGroupArn,
      ) ?? {}
    const key = keyOf(targetGroupArn, task.ip ?? '', containerPort)
    if (task.targets.get(targetGroupArn) === 'unused') this.tasks.delete(key)
    else this.tasks.set(key, task)
  }
}

function keyOf(targetGroupArn: string, id: string, port: number): string {
  return `${targetGroupArn} ${id} ${port}`
}
