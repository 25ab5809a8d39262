import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider'
import { tidewayStackOf } from '@tideway/constructs'
import { Construct } from 'constructs'
import type { BootstrapSettings } from './settings'

export const githubTokens = 'token.actions.githubusercontent.com'

/** Trusts the tokens of GitHub workflows, so that no AWS key is stored. */
export class GithubProvider extends Construct {
  readonly arn: string

  constructor(
    scope: Construct,
    id: string,
    { githubProvider }: Pick<BootstrapSettings, 'githubProvider'>,
  ) {
    super(scope, id)
    const stack = tidewayStackOf(this)
    this.arn =
      githubProvider === 'adopt'
        ? `arn:aws:iam::${stack.environment.account}:oidc-provider/${githubTokens}`
        : new IamOpenidConnectProvider(this, 'provider', {
            url: `https://${githubTokens}`,
            clientIdList: ['sts.amazonaws.com'],
          }).arn
  }
}
