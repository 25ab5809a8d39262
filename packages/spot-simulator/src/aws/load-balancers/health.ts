import type { Target, TargetGroup, TargetState } from './target-group'

export interface TargetDescription {
  readonly Id: string
  readonly Port?: string
}

const reasons: Readonly<Record<TargetState, string | undefined>> = {
  initial: 'Elb.RegistrationInProgress',
  healthy: undefined,
  draining: 'Target.DeregistrationInProgress',
  unused: 'Target.NotInUse',
}

/** The health of the targets asked for, or of all. One that the group does not have is `unused`. */
export function healthOf(
  group: TargetGroup,
  asked: readonly TargetDescription[] | undefined,
): object[] {
  const targets =
    asked?.map(({ Id, Port }) => ({ id: Id, port: Number(Port ?? group.props.port) })) ??
    group.all()
  return targets.map((target) => described(target, group.stateOf(target)))
}

function described({ id, port }: Target, state: TargetState | undefined): object {
  const Reason = state === undefined ? 'Target.NotRegistered' : reasons[state]
  return {
    Target: { Id: id, Port: port },
    HealthCheckPort: String(port),
    TargetHealth: { State: state ?? 'unused', Reason },
  }
}
