import { type Environment, stackNames, TidewayStack } from '@tideway/constructs'
import type { Construct } from 'constructs'
import { Boundary } from './boundary'
import { GithubProvider } from './github-provider'
import { repositoryNamed } from './repository'
import { ServiceLinkedRoles } from './service-linked-roles'
import { type BootstrapSettings, checkSettings } from './settings'
import { StackRoles } from './stack-roles'
import { StateStore } from './state-store'

export interface BootstrapStackProps {
  readonly environment: Environment
  readonly settings: BootstrapSettings
}

export class BootstrapStack extends TidewayStack<'bootstrap'> {
  constructor(scope: Construct, { environment, settings }: BootstrapStackProps) {
    super(scope, 'bootstrap', { environment, owner: 'platform-team' })
    checkSettings(settings, environment.name)

    const state = new StateStore(this, 'state')
    const boundary = new Boundary(this, 'boundary', { state })
    new ServiceLinkedRoles(this, 'service-linked-roles')
    const github = new GithubProvider(this, 'github', settings)
    for (const name of stackNames) {
      new StackRoles(this, `${name}-roles`, {
        stackName: name,
        state,
        boundaryArn: boundary.arn,
        githubProviderArn: github.arn,
        repository: repositoryNamed(settings.repository),
        pullRequestPlans: settings.pullRequestPlans,
      })
    }
  }
}
