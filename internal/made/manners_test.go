package made

import "testing"

func TestEveryWayMeetsEveryOther(t *testing.T) {
	for _, overHTTP := range []bool{false, true} {
		rows := Mannered(overHTTP)
		if len(rows) > 16 {
			t.Errorf("there are %d manners, more than need be", len(rows))
		}
		for _, m := range rows {
			if err := m.Check(); err != nil {
				t.Error(err)
			}
		}
		for i, a := range choices {
			for _, b := range choices[:i] {
				if overHTTP && (a.stream || b.stream) || !overHTTP && (a.http || b.http) {
					continue
				}
				for _, one := range a.ways {
					for _, other := range b.ways {
						if !together(rows, a.name, one, b.name, other) {
							t.Errorf("%s %s never meets %s %s", a.name, one, b.name, other)
						}
					}
				}
			}
		}
	}
}

func together(rows []Manners, a, one, b, other string) bool {
	for _, m := range rows {
		if m[a] == one && m[b] == other {
			return true
		}
	}
	return false
}

func TestMannersThatDoNotExistAreRefused(t *testing.T) {
	for _, m := range []Manners{{"manner": "kind"}, {"extras": "eaten"}} {
		if m.Check() == nil {
			t.Errorf("%v was taken", m)
		}
	}
}
