import { AuthController } from '../../identity/auth.controller.js';
import { DirectoryController } from '../../identity/directory.controller.js';
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
    catalogOfCaller: { summary: 'Lists the APIs with their URLs.', answer: answers.catalogs },
  }),
  describe(DirectoryController, {
    users: { summary: 'Lists the users.', answer: users.list },
    user: { summary: 'Shows a user.', answer: users.one },
    projects: { summary: 'Lists the projects.', answer: projects.list },
    project: { summary: 'Shows a project.', answer: projects.one },
    ownProjects: {
      summary: 'Lists the projects that the caller may ask a token for.',
      answer: projects.list,
    },
    roles: { summary: 'Lists the roles.', answer: roles.list },
    role: { summary: 'Shows a role.', answer: roles.one },
    domains: { summary: 'Lists the domains: there is one.', answer: domains.list },
    domain: { summary: 'Shows the domain.', answer: domains.one },
  }),
];
