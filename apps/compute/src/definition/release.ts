import type { Checks } from '@tideway/constructs'
import type { Traffic } from './traffic'
import { isWhole } from './values'

export interface RollingRelease {
  /** `rolling`: ECS replaces the tasks. `blue-green`: CodeDeploy moves the traffic to new ones, on Fargate only. */
  readonly kind: 'rolling'
  /** Healthy tasks that ECS keeps in a release, in percent of the desired count. */
  readonly minHealthyPercent: number
  /** Tasks of both revisions that may run in a release, in percent of the desired count. */
  readonly maxPercent: number
}

/** Fargate only: CodeDeploy does not support Auto Scaling groups with managed scaling. */
export interface BlueGreenRelease {
  readonly kind: 'blue-green'
}

interface ReleasedService {
  readonly release: RollingRelease | BlueGreenRelease
  readonly traffic?: Traffic
}

export function releaseChecks({ release, traffic }: ReleasedService): Checks<ReleasedService> {
  const isBlueGreen = release.kind === 'blue-green'
  return {
    release: [
      [
        isBlueGreen ||
          (isWhole(release.minHealthyPercent, 0) &&
            isWhole(release.maxPercent, 101, 400) &&
            release.maxPercent > release.minHealthyPercent),
        'have a maxPercent above 100 and above minHealthyPercent (and up to 400), in whole numbers: ECS starts a task before it stops one, in a release and to rebalance the zones',
        'Raise maxPercent, to 200 for instance.',
      ],
    ],
    traffic: [
      [
        !isBlueGreen || traffic !== undefined,
        'be set for blue/green, which moves the traffic from one target group to the other',
        'Add it, or use a rolling release.',
      ],
    ],
  }
}
