import type { Simulation } from '../simulation'

/** What ECS needs of a load balancer. */
export interface TargetHealth {
  register(targetGroupArn: string, ip: string, port: number, healthyAfterSeconds: number): void
  deregister(targetGroupArn: string, ip: string, port: number): void
  isHealthy(targetGroupArn: string, ip: string, port: number): boolean
}

/** Target groups where every target gets healthy in its time. */
export class InMemoryTargetHealth implements TargetHealth {
  private readonly healthyFrom = new Map<string, number>()

  constructor(private readonly simulation: Simulation) {}

  register(targetGroupArn: string, ip: string, port: number, healthyAfterSeconds: number): void {
    const time = this.simulation.now + healthyAfterSeconds * 1000
    this.healthyFrom.set(key(targetGroupArn, ip, port), time)
  }

  deregister(targetGroupArn: string, ip: string, port: number): void {
    this.healthyFrom.delete(key(targetGroupArn, ip, port))
  }

  isHealthy(targetGroupArn: string, ip: string, port: number): boolean {
    const time = this.healthyFrom.get(key(targetGroupArn, ip, port))
    return time !== undefined && time <= this.simulation.now
  }

  /** The addresses in a target group. */
  targets(targetGroupArn: string): string[] {
    return [...this.healthyFrom.keys()]
      .filter((entry) => entry.startsWith(`${targetGroupArn} `))
      .map((entry) => entry.slice(targetGroupArn.length + 1).replace(/:\d+$/, ''))
  }
}

function key(targetGroupArn: string, ip: string, port: number): string {
  return `${targetGroupArn} ${ip}:${port}`
}
