import { DomainsController } from '../../identity/domains/domains.controller.js';
import { ProjectsController } from '../../identity/projects/projects.controller.js';
import { RolesController } from '../../identity/roles/roles.controller.js';
import { AuthController } from '../../identity/tokens/auth.controller.js';
import { UsersController } from '../../identity/users/users.controller.js';
import * as answers from '../answers/identity.js';
import { describe } from '../notes.js';

const { users, projects, roles, domains } = answers;

export const identityOperations = [
  describe(AuthController, {
    logIn: {
      summary: 'Gives a token for a name and a password, or for another token.',
      answer: answers.token,
      answerHeaders: { 'x-subject-token': 'The token.' },
      faults: ['UNAUTHORIZED'],
    },
    validate: {
      summary: 'Tells whom a token speaks for; users may ask of their own.',
      answer: answers.token,
      answerHeaders: { 'x-subject-token': 'The token.' },
      faults: ['NOT_FOUND'],
    },
    revoke: {
      summary: 'Ends a token before it expires; users may end their own.',
      faults: ['NOT_FOUND'],
    },
    catalogOfCaller: { summary: 'Lists the APIs with their URLs.', answer: answers.catalogs },
  }),
  describe(UsersController, {
    list: { summary: 'Lists the users.', answer: users.list },
    show: { summary: 'Shows a user.', answer: users.one },
  }),
  describe(ProjectsController, {
    list: { summary: 'Lists the projects.', answer: projects.list },
    show: { summary: 'Shows a project.', answer: projects.one },
    ofCaller: {
      summary: 'Lists the projects that the caller may ask a token for.',
      answer: projects.list,
    },
  }),
  describe(RolesController, {
    list: { summary: 'Lists the roles.', answer: roles.list },
    show: { summary: 'Shows a role.', answer: roles.one },
  }),
  describe(DomainsController, {
    list: { summary: 'Lists the domains: there is one.', answer: domains.list },
    show: { summary: 'Shows the domain.', answer: domains.one },
  }),
];
