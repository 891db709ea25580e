package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/mcpfuzz/mcpfuzz/internal/execute"
	"github.com/mcpfuzz/mcpfuzz/internal/record"
	"github.com/mcpfuzz/mcpfuzz/loadgen"
	"github.com/mcpfuzz/mcpfuzz/transport"
)

// studyFlags ask how a server bears more and more calls.
type studyFlags struct {
	ladder, knee bool
	level        time.Duration
}

func (f *studyFlags) register(fs *pflag.FlagSet) {
	fs.BoolVar(&f.ladder, "ladder", false, "then go on with more and more calls in parallel")
	fs.BoolVar(&f.knee, "knee", false, "then look for the highest rate that is borne, too, and send twice of that")
	fs.DurationVar(&f.level, "level", 0, fmt.Sprintf("how long each level of that lasts (default: %d deadlines, which may be long; see --deadline)", loadgen.LevelDeadlines))
}

// asked reports whether there is anything to study.
func (f *studyFlags) asked() bool { return f.ladder || f.knee }

// check reports what of a study cannot be.
func (f *studyFlags) check() error {
	switch {
	case f.level < 0:
		return fmt.Errorf("--level %v: want a time above 0", f.level)
	case f.level > 0 && !f.asked():
		return errors.New("--level goes with --ladder or --knee")
	}
	return nil
}

// study makes it, with the right calls of a load.
func (f *studyFlags) study(ctx context.Context, load loadgen.Config, t target, bar *progress) (*record.Study, error) {
	defer bar.done()
	s := loadgen.Study{Load: load, Level: f.level, LadderOnly: !f.knee, Progress: func(done, of int) { bar.update(done, of, 0) }}
	if s.Level == 0 {
		s.Level = loadgen.LevelDeadlines * load.Deadline
	}
	if load.Conn == nil && f.knee {
		other, err := otherSession(ctx, load, t)
		if err != nil {
			return nil, fmt.Errorf("open a second session: %w", err)
		}
		defer other.Close()
		p := other.Protocol()
		s.Other = &p
	}
	r, err := s.Run(ctx)
	return &r, err
}

// otherSession is one beside that of the load.
func otherSession(ctx context.Context, load loadgen.Config, t target) (*execute.Session, error) {
	return execute.Dial(ctx, transport.HTTP(load.URL, transport.HTTPOptions{}), execute.Settings{
		Revision: load.Session.Revision, Headers: t.headers, Mirrors: load.Session.Mirrors, Identities: t.clients,
		Deadline: execute.DefaultDeadline, Probe: execute.DefaultProbe, IDs: &execute.IDs{},
	})
}

// checkSessions reports what of the sessions that were asked for cannot be.
func (f *loadFlags) checkSessions(load loadgen.Config) error {
	switch {
	case f.sessions == 0:
		return nil
	case f.sessions < 2:
		return fmt.Errorf("--sessions %d: want 2 at least", f.sessions)
	case load.URL == "":
		return errors.New("--sessions are those of a server over HTTP; give a URL")
	}
	return nil
}

// manySessions opens and ends as many as were asked for.
func (f *loadFlags) manySessions(ctx context.Context, load loadgen.Config, t target) (*record.Sessions, error) {
	if load.Session.ID == "" {
		return nil, errors.New("--sessions: the server keeps none in this revision; see --protocol")
	}
	take := samplerOf(t, f.pid)
	r, err := loadgen.Sessions{
		Times: f.sessions,
		Open: func(ctx context.Context) (func(), error) {
			s, err := otherSession(ctx, load, t)
			if err != nil {
				return nil, err
			}
			return func() { s.Close() }, nil
		},
		Sample: func(ctx context.Context) (record.Usage, error) {
			now, err := take(ctx)
			return usage(now), err
		},
	}.Run(ctx)
	return &r, err
}
